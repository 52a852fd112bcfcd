/**
 * Time that stands still until a test moves it.
 *
 * 1. Callbacks run in the order in which they fall due; those due at the same time in the order in which they were asked for.
 * 2. While one runs, `now()` is the moment it was due; what it asks for in turn runs in the same `advance` when it falls due in it.
 * 3. Between two callbacks everything that was waiting for a promise goes on first, so a step sees what the one before it did.
 */
import type { Clock } from '../../runtime/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #nowMs: number;
  #sequence = 0;

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const alarm = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, callback };
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

  /** Moves time on by `ms` and runs what falls due. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#next(); next !== undefined && next.atMs <= untilMs; next = this.#next()) {
      this.#alarms.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  #next(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (first === undefined || alarm.atMs < first.atMs || (alarm.atMs === first.atMs && alarm.sequence < first.sequence)) first = alarm;
    }
    return first;
  }
}

/** Everything that only waits for promises has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
