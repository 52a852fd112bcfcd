/**
 * A clock that stands still until a test moves it.
 *
 * Invariants:
 * - In order: callbacks run in the order in which they fall due; those due at the same time, in the
 *   order in which they were requested.
 * - On time: while a callback runs, `now()` is the moment at which it was due. A callback that it
 *   requests runs in the same `advance` when it falls due within that `advance`.
 * - Settled between: between two callbacks, all code that waits for a promise goes on first, so
 *   each callback sees the work of the one before.
 * - Known by requests: time moves when no code has asked the clock for anything during a whole turn
 *   of Node's event loop. Code that goes on without the clock (a file, a socket) is not waited for.
 * - Shared: several callers may move the clock at once, also a callback. Their steps alternate.
 */
import type { Clock } from '../ports/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/**
 * A clock that a test moves. Starts at `startMs` (milliseconds since the epoch; default 1 January
 * 2030, UTC).
 */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #nowMs: number;
  #sequence = 0;
  /** Number of requests for the time or for a callback. */
  #asked = 0;
  #lastStep: Promise<void> = Promise.resolve();

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    this.#asked += 1;
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#asked += 1;
    const alarm = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      callback,
    };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  /** Number of callbacks that wait. */
  get waiting(): number {
    return this.#alarms.size;
  }

  /** When the next callback is due; undefined when no callback waits. */
  get nextAtMs(): number | undefined {
    return this.#next()?.atMs;
  }

  /** Resolves when all code that does not wait for time to pass has gone on as far as possible. */
  async settled(): Promise<void> {
    for (let asked = Number.NaN; asked !== this.#asked; ) {
      // Ready code runs first. It may leave work for the next turn of the event loop, which then
      // asks the clock.
      await turnOfTheEventLoop();
      asked = this.#asked;
      await turnOfTheEventLoop();
    }
  }

  /** Moves time on by `ms` and runs the callbacks that fall due. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    while (await this.step(untilMs));
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /**
   * Moves time on until `isDone`, which is asked between any two callbacks. False when `isDone` is
   * still false at `untilMs`, or when no callback is left.
   */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    await this.settled();
    while (!isDone()) {
      const next = this.#next();
      if (next === undefined || next.atMs > untilMs) return false;
      this.#ring(next);
      await this.settled();
    }
    return true;
  }

  /**
   * Moves time on to the next callback and runs it. False when no callback is due at or before
   * `untilMs`.
   */
  async step(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const before = this.#lastStep;
    let end = (): void => undefined;
    this.#lastStep = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    const ran = await this.#runNext(untilMs);
    end();
    return ran;
  }

  async #runNext(untilMs: number): Promise<boolean> {
    await this.settled();
    const next = this.#next();
    if (next === undefined || next.atMs > untilMs) return false;
    this.#ring(next);
    await this.settled();
    return true;
  }

  #ring(alarm: Alarm): void {
    this.#alarms.delete(alarm);
    this.#nowMs = Math.max(this.#nowMs, alarm.atMs);
    alarm.callback();
  }

  #next(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (
        first === undefined ||
        alarm.atMs < first.atMs ||
        (alarm.atMs === first.atMs && alarm.sequence < first.sequence)
      )
        first = alarm;
    }
    return first;
  }
}

/** Node runs all ready code before the promise resolves. */
function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
