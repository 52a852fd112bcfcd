/** The port for time; the only implementation that reads the machine's clock is below. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, not before `delayMs` have passed. The result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Longest delay a Node timer keeps; a longer one would fire at once. */
const longestDelayMs = 2_147_483_647;

/** The machine's clock, and Node's timers; delays may be longer than a timer of Node's can be (24 days). */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const restMs = delayMs - longestDelayMs;
    let cancel = (): void => clearTimeout(timer);
    const timer = setTimeout(
      () => {
        if (restMs > 0) cancel = systemClock.after(restMs, callback);
        else callback();
      },
      Math.min(Math.max(0, delayMs), longestDelayMs),
    );
    return () => cancel();
  },
};
