/**
 * The time of a journal: what its timers and leases are counted in. Hosts whose clocks differ agree on it.
 *
 * 1. It is this host's clock, put right by how far the journal's own clock is from it.
 * 2. A difference within what the asking itself may have caused changes nothing: where the clocks agree, this is the host's clock.
 */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** Besides half the time the asking took. */
const toleranceMs = 25;

export class JournalClock implements Clock {
  readonly #here: Clock;
  readonly #log: Log;
  #aheadMs = 0;

  constructor(here: Clock, log: Log) {
    this.#here = here;
    this.#log = log;
  }

  now(): number {
    return this.#here.now() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#here.after(delayMs, callback);
  }

  /** `ask` tells the journal the time and resolves with the journal's. True when this clock was put right by it. */
  async compare(ask: (nowMs: number) => Promise<number>): Promise<boolean> {
    const askedAtMs = this.now();
    const thereMs = await ask(askedAtMs);
    const tookMs = this.now() - askedAtMs;
    const offMs = thereMs - (askedAtMs + tookMs / 2);
    if (Math.abs(offMs) <= tookMs / 2 + toleranceMs) return false;
    this.#aheadMs += Math.round(offMs);
    this.#log('warn', "this host's clock differs from the journal's, whose time is used", {
      aheadMs: -this.#aheadMs,
    });
    return true;
  }
}
