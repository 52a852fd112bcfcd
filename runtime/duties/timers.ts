/**
 * Fires the timers of a journal when they are due. Memory holds no timer, only the due time of the
 * next timer.
 *
 * Invariants:
 * - Never early, at least once: the commit of the turn that handles a timer deletes its row. A
 *   second firing finds its token stale.
 * - Seen in time: a timer of another process over the same journal is seen after `pollMaxMs` at the
 *   latest.
 * - Bounded: timers that are due are read only as fast as turns take them, so about 1000 are under
 *   way. A timer whose turn is stuck holds up no other timer.
 */
import type { Settlement } from '../messages/input.ts';
import { addressId } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import { errorText } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { identityOf } from '../ports/identity.ts';
import type { Journal } from '../ports/journal.ts';
import type { TimerRow } from '../ports/journal-rows.ts';
import type { Log } from '../ports/log.ts';

export interface TimersOptions {
  readonly journal: Pick<Journal, 'dueTimers' | 'nextTimerAtMs'>;
  /** The services that this process works for at the moment. */
  readonly services: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Hands a timer to its actor. `settle` is called when the turn is committed, or could not be. */
  readonly fire: (timer: TimerRow, settle: (settlement: Settlement) => void) => void;
  /** Longest time between two readings of the journal, milliseconds. */
  readonly pollMaxMs: number;
}

const batchMax = 1_000;
/** Timers whose turns may be stuck before no more timers are read. */
const stuckMax = 10_000;

export class Timers {
  readonly #options: TimersOptions;
  readonly #firing = new Set<string>();
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => undefined;
  #polling: Promise<void> | undefined;
  #stopped = true;
  /** A timer fell due while the journal was being read. */
  #missed = false;
  /**
   * Set when more timers are due than were read: the next reading begins when at most this many are
   * under way.
   */
  #readOnAt: number | undefined;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#wakeAt(this.#options.clock.now());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWake();
    await this.#polling;
  }

  /** These timers were committed. They may be due before the next planned reading. */
  noticed(rows: readonly TimerRow[]): void {
    if (this.#readOnAt !== undefined) return;
    for (const { dueAtMs } of rows) this.#wakeAt(dueAtMs);
  }

  #wakeAt(atMs: number): void {
    if (this.#stopped || atMs >= this.#wakeAtMs) return;
    const { clock } = this.#options;
    this.#cancelWake();
    this.#wakeAtMs = atMs;
    this.#cancelWake = clock.after(Math.max(0, atMs - clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    if (this.#polling !== undefined) {
      this.#missed = true;
      return;
    }
    this.#polling = this.#poll().finally(() => {
      this.#polling = undefined;
      if (this.#missed) this.#wakeAt(this.#options.clock.now());
      this.#missed = false;
    });
  }

  async #poll(): Promise<void> {
    const { clock, log, pollMaxMs } = this.#options;
    let nextMs = clock.now() + pollMaxMs;
    try {
      nextMs = Math.min(nextMs, (await this.#fireDue()) ?? nextMs);
    } catch (error) {
      log('warn', 'timers could not be read; the next reading tries again', {
        error: errorText(error),
      });
    }
    this.#wakeAt(Math.max(nextMs, clock.now() + 1));
  }

  /** Resolves to the moment at which the next timer is due; undefined when that is not known. */
  async #fireDue(): Promise<number | undefined> {
    const { journal, clock, failpoints } = this.#options;
    const services = this.#options.services();
    if (this.#firing.size >= stuckMax) return undefined;
    const nowMs = clock.now();
    // Timers under way are still in the journal, and the journal lists them first.
    const limit = this.#firing.size + batchMax;
    const due = await journal.dueTimers(services, nowMs, limit);
    if (due.length > 0)
      failpoints.reach('timer.before-fire', { addresses: due.map((row) => row.address) });
    for (const row of due) this.#fire(row);
    this.#readOnAt = due.length === limit ? this.#firing.size - batchMax / 2 : undefined;
    return this.#readOnAt === undefined ? journal.nextTimerAtMs(services, nowMs) : undefined;
  }

  #fire(row: TimerRow): void {
    const id = identityOf(addressId(row.address), row.token);
    if (this.#stopped || this.#firing.has(id)) return;
    this.#firing.add(id);
    this.#options.fire(row, () => this.#fired(id));
  }

  #fired(id: string): void {
    this.#firing.delete(id);
    if (this.#readOnAt === undefined || this.#firing.size > this.#readOnAt) return;
    this.#readOnAt = undefined;
    this.#wakeAt(this.#options.clock.now());
  }
}
