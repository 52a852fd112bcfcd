/** How the time for an answer shrinks from service to service. Pure. */

/**
 * The time that a voter gives to the voters further down: its own time, less 500 ms or 5 %,
 * whichever is smaller.
 */
export function remainingForOthersMs(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(500, remainingMs * 0.05));
}
