/** How long to wait before trying again: doubling, capped, and spread so that many clients do not come back at once. */
export interface Backoff {
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** The delay before attempt `attempt` (from 0): between half and all of its step. `random` gives 0 ≤ n < 1. */
export function backoffDelayMs(
  { firstDelayMs, longestDelayMs }: Backoff,
  attempt: number,
  random: () => number,
): number {
  const stepMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 30));
  return Math.round(stepMs * (0.5 + random() / 2));
}
