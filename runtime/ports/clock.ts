/** The port for time. `systemClock` below is the only code that reads the machine's clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls back once, not before `delayMs` have passed. The result cancels the call. A timer in the
   * `background` keeps no process alive.
   */
  after(delayMs: number, callback: () => void, background?: 'background'): () => void;
}

/** Longest delay that a timer of Node keeps (24 days). Node fires a longer one at once. */
const longestDelayMs = 2_147_483_647;

/** The machine's clock and Node's timers, also for delays longer than Node's longest. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback, background) {
    const restMs = delayMs - longestDelayMs;
    let cancel = (): void => clearTimeout(timer);
    const timer = setTimeout(
      () => {
        if (restMs > 0) cancel = systemClock.after(restMs, callback, background);
        else callback();
      },
      Math.min(Math.max(0, delayMs), longestDelayMs),
    );
    if (background !== undefined) timer.unref();
    return () => cancel();
  },
};
