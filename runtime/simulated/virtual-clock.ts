/**
 * Time that stands still until someone moves it.
 *
 * 1. Callbacks run in the order in which they fall due; those due at the same time in the order in which they were asked for.
 * 2. While one runs, `now()` is the moment it was due; what it asks for in turn runs in the same `advance` when it falls due in it.
 * 3. Between two callbacks everything that was waiting for a promise goes on first, so a step sees what the one before it did.
 * 4. "Everything" is known by the clock being asked: time moves when for a whole turn of Node's event loop nobody has asked it for
 *    anything. Whoever goes on without it (a file, a socket) is not waited for.
 * 5. Several may move it at once, also from within what it runs: they take their steps in turn.
 */
import type { Clock } from '../ports/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. It begins on 1 January 2030, UTC, unless told otherwise (milliseconds since the epoch). */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #nowMs: number;
  #sequence = 0;
  /** How often anyone has asked for the time or for a callback. */
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

  /** How many callbacks wait. */
  get waiting(): number {
    return this.#alarms.size;
  }

  /** When the next callback is due; undefined when none waits. */
  get nextAtMs(): number | undefined {
    return this.#next()?.atMs;
  }

  /** Resolves when everything that does not wait for time to pass has gone on as far as it can. */
  async settled(): Promise<void> {
    for (let asked = Number.NaN; asked !== this.#asked; ) {
      // What is ready now goes on first; it may leave something for the event loop's next turn, which then asks the clock.
      await turnOfTheEventLoop();
      asked = this.#asked;
      await turnOfTheEventLoop();
    }
  }

  /** Moves time on by `ms` and runs what falls due. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    while (await this.step(untilMs));
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Moves time on until `isDone`, asked between any two callbacks. False when that is not so at `untilMs`, or when no callback is left. */
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

  /** Moves time on to the next callback and runs it. False when none is due at or before `untilMs`. */
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

/** Node runs everything that is ready before it comes back. */
function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
