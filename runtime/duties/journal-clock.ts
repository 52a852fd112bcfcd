/**
 * The clock of a journal. Timers and leases are counted by this clock, so hosts whose clocks differ
 * agree on them.
 *
 * Invariants:
 * - The time is that of this host's clock plus the measured difference to the journal's own clock.
 * - A difference that the round trip of the question may have caused changes nothing: where the
 *   clocks agree, the journal's clock is the host's clock.
 */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** Difference that is ignored, besides half of the round trip. */
const toleranceMs = 25;

export class JournalClock implements Clock {
  readonly #hostClock: Clock;
  readonly #log: Log;
  #aheadMs = 0;

  constructor(hostClock: Clock, log: Log) {
    this.#hostClock = hostClock;
    this.#log = log;
  }

  now(): number {
    return this.#hostClock.now() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#hostClock.after(delayMs, callback);
  }

  /**
   * `ask` tells the journal the time and resolves with the journal's time. True when that has
   * changed this clock.
   */
  async compare(ask: (nowMs: number) => Promise<number>): Promise<boolean> {
    const askedAtMs = this.now();
    const journalMs = await ask(askedAtMs);
    const tookMs = this.now() - askedAtMs;
    const offMs = journalMs - (askedAtMs + tookMs / 2);
    if (Math.abs(offMs) <= tookMs / 2 + toleranceMs) return false;
    this.#aheadMs += Math.round(offMs);
    this.#log('warn', "this host's clock differs from the journal's, whose time is used", {
      aheadMs: -this.#aheadMs,
    });
    return true;
  }
}
