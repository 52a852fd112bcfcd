/** How the time that a question is given shrinks on its way. Pure. */

/** What a voter passes on of the time it was given: less the smaller of 500 ms and 5 %. */
export function remainingForOthersMs(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(500, remainingMs * 0.05));
}
