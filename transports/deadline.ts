/** Waiting with a limit, on the clock port. */
import type { Clock } from '../runtime/ports/clock.ts';

/** True when `work` settles within `deadlineMs`, false when time is up first. Never rejects. */
export function settlesWithin(
  clock: Clock,
  deadlineMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(deadlineMs, () => resolve(false));
    const settled = () => {
      cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });
}

/** Resolves when `delayMs` have passed, or at once when `signal` is aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end);
  });
}
