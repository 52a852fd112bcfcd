/** How the time for an answer shrinks from service to service. Pure. */

/** The time that a voter gives to the voters below, of the time that the voter got: the smaller of 500 ms and 5 % less. */
export function remainingForOthersMs(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(500, remainingMs * 0.05));
}
