/**
 * Waiting, on the clock port: how long to wait before the next try, pauses that can be cut short,
 * and callers that wait for an event. Used by the kernel and by the transports.
 *
 * Invariants:
 * - No promise of this file ever rejects.
 * - A pause that is cut short leaves no timer and no listener behind.
 */
import type { Clock } from './clock.ts';

/** How the delay between two tries grows. Delays are milliseconds. */
export interface Backoff {
  /** Delay after the first failure. */
  readonly firstDelayMs: number;
  /** No delay is longer. */
  readonly delayMaxMs: number;
  /** Each delay is the previous delay times this factor. Default 2. */
  readonly factor?: number;
  /**
   * Largest share of a delay that chance takes away, 0 to 1. Default 0. So many clients do not come
   * back at the same moment.
   */
  readonly jitter?: number;
}

/**
 * The delay after failure number `failures` (the first is 1), in milliseconds. `chance`: 0 ≤ n < 1;
 * 0 gives the whole delay.
 */
export function backoffMs(
  { firstDelayMs, delayMaxMs, factor = 2, jitter = 0 }: Backoff,
  failures: number,
  chance = 0,
): number {
  // Zero times a factor that has grown to Infinity would be NaN.
  const grownMs = firstDelayMs === 0 ? 0 : firstDelayMs * factor ** (failures - 1);
  return Math.round(Math.min(delayMaxMs, grownMs) * (1 - jitter * chance));
}

/**
 * Resolves when `delayMs` have passed, or at once when `signal` is aborted. For a signal with few
 * pauses; else take `Pauses`.
 */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (delayMs <= 0 || signal?.aborted === true) return resolve();
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal?.addEventListener('abort', end);
  });
}

/** True when `work` settles within `deadlineMs`, false when the deadline comes first. */
export function settlesWithin(
  clock: Clock,
  deadlineMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(deadlineMs, () => resolve(false));
    const settled = (): void => {
      cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });
}

/**
 * Any number of pauses that end together when their owner stops. An `AbortSignal` would do the
 * same, but Node looks through all listeners of a signal each time one is added or removed.
 */
export class Pauses {
  readonly #clock: Clock;
  readonly #open = new Set<() => void>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when `delayMs` have passed, or at once when the pauses have ended. */
  pause(delayMs: number): Promise<void> {
    return this.#wait((end) => this.#clock.after(delayMs, end));
  }

  /** Resolves when `event` has settled, or at once when the pauses have ended. */
  until(event: Promise<unknown>): Promise<void> {
    return this.#wait((end) => {
      event.then(end, end);
      return () => undefined;
    });
  }

  /** Ends all pauses, and every later one at once. */
  end(): void {
    this.#ended = true;
    for (const end of [...this.#open]) end();
  }

  #wait(begin: (end: () => void) => () => void): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#open.delete(end);
        resolve();
      };
      const cancel = begin(end);
      this.#open.add(end);
    });
  }
}

/** Callers that wait for the same event, for example that nothing is under way any more. */
export class Waiters {
  #resolves: (() => void)[] = [];

  /** Resolves at the next `release`. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#resolves.push(resolve));
  }

  /** The event has happened: resolves for all callers that wait now. */
  release(): void {
    if (this.#resolves.length === 0) return;
    const resolves = this.#resolves;
    this.#resolves = [];
    for (const resolve of resolves) resolve();
  }
}
