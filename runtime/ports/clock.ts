/** The port for time; the only implementation that reads the machine's clock is below. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, not before `delayMs` have passed. The result cancels it. In the `background` it keeps no process alive. */
  after(delayMs: number, callback: () => void, background?: 'background'): () => void;
}

/** Longest delay a Node timer keeps; a longer one would fire at once. */
const longestDelayMs = 2_147_483_647;

/** The machine's clock, and Node's timers; delays may be longer than a timer of Node's can be (24 days). */
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
