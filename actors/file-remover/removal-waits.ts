/** How long a removal waits for a place that is busy or still at work. Pure. */

/** About fifteen hours altogether. */
export const waitsMax = 100;

/** The wait that the place asks for, and at least a second, then twice as long, up to ten minutes. */
export function waitMs(waits: number, askedMs: number): number {
  return Math.max(askedMs, Math.min(1_000 * 2 ** Math.min(waits, 10), 600_000));
}
