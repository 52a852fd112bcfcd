/**
 * Fires the journal's timers. Memory holds none of them: only when the next one is due.
 *
 * 1. Nothing fires early. A timer row goes with the turn that consumed it, so it fires at least once, and a second firing finds
 *    its token stale.
 * 2. Timers of other processes over the same journal are seen at the latest after `pollMaxMs`.
 * 3. However many fall due at once, they are read as the turns take them: about `batchMax` are under way. What is stuck there holds up
 *    nothing else.
 */

import type { Settlement } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Journal, TimerRow } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';

export interface TimersOptions {
  readonly journal: Pick<Journal, 'dueTimers' | 'nextTimerAtMs'>;
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly fire: (
    address: ActorAddress,
    token: string,
    settle: (settlement: Settlement) => void,
  ) => void;
  readonly pollMaxMs: number;
}

const batchMax = 1_000;
/** So many may be stuck before no more are read. */
const stuckMax = 10_000;

export class Timers {
  readonly #options: TimersOptions;
  readonly #firing = new Set<string>();
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => undefined;
  #polling: Promise<void> | undefined;
  #stopped = true;
  /** Something fell due while the journal was being asked. */
  #missed = false;
  /** More are due than were read: they are read when no more than so many are under way. */
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

  /** Timers were committed: they may be due before what is waited for. */
  noticed(rows: readonly TimerRow[]): void {
    if (this.#readOnAt !== undefined) return;
    for (const { dueAtMs } of rows) this.#wakeAt(dueAtMs);
  }

  #wakeAt(atMs: number): void {
    if (this.#stopped || atMs >= this.#wakeAtMs) return;
    this.#cancelWake();
    this.#wakeAtMs = atMs;
    this.#cancelWake = this.#options.clock.after(
      Math.max(0, atMs - this.#options.clock.now()),
      () => this.#wake(),
    );
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
    const { clock, log } = this.#options;
    let nextMs = clock.now() + this.#options.pollMaxMs;
    try {
      nextMs = Math.min(nextMs, (await this.#fireDue()) ?? nextMs);
    } catch (error) {
      log('warn', 'timers could not be read; tried again', { error: String(error) });
    }
    this.#wakeAt(Math.max(nextMs, clock.now() + 1));
  }

  /** When the next one is due, as far as that is known. */
  async #fireDue(): Promise<number | undefined> {
    const { journal, services, clock, failpoints } = this.#options;
    if (this.#firing.size >= stuckMax) return undefined;
    const nowMs = clock.now();
    // Those under way are still in the journal, and come first.
    const limit = this.#firing.size + batchMax;
    const due = await journal.dueTimers(services, nowMs, limit);
    if (due.length > 0)
      failpoints.reach('timer.before-fire', { addresses: due.map((row) => row.address) });
    for (const row of due) this.#fire(row);
    this.#readOnAt = due.length === limit ? this.#firing.size - batchMax / 2 : undefined;
    return this.#readOnAt === undefined ? journal.nextTimerAtMs(services, nowMs) : undefined;
  }

  #fire(row: TimerRow): void {
    const id = `${addressId(row.address)} ${row.token}`;
    if (this.#stopped || this.#firing.has(id)) return;
    this.#firing.add(id);
    this.#options.fire(row.address, row.token, () => this.#fired(id));
  }

  #fired(id: string): void {
    this.#firing.delete(id);
    if (this.#readOnAt === undefined || this.#firing.size > this.#readOnAt) return;
    this.#readOnAt = undefined;
    this.#wakeAt(this.#options.clock.now());
  }
}
