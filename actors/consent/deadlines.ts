/** How the time for an answer shrinks from service to service. Pure. */

/**
 * The time that a voter gives to the voters below: the smaller of 500 ms and 5 % less than the
 * voter's own time.
 */
export function remainingForOthersMs(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(500, remainingMs * 0.05));
}
