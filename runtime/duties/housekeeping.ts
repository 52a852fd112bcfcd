/**
 * Deletes old rows from a journal: finished rows past their retention.
 *
 * Invariants:
 * - Small batches: rows are deleted in batches, one after another, beside all other work. A pass
 *   ends after 50 batches of one kind and goes on at the next heartbeat.
 * - Any process: every process over a journal deletes. The others do not find a row that one
 *   process has deleted.
 */
import type { Clock } from '../ports/clock.ts';
import { errorText } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Journal } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import { type Prunable, prunables, type Retention } from '../ports/retention.ts';

export interface HousekeepingOptions {
  readonly journal: Pick<Journal, 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly retention: Retention;
}

const everyMs = 60_000;
const batchMax = 1_000;
const batchesMax = 50;

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #nextAtMs: number | undefined;
  #pass: Promise<void> | undefined;
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /**
   * To be called at every heartbeat. Begins a pass when one is due and none is under way. The first
   * call belongs to the start of the process, which has enough to do: that call begins no pass.
   */
  tick(): void {
    const nowMs = this.#options.clock.now();
    const dueAtMs = this.#nextAtMs;
    this.#nextAtMs ??= nowMs;
    if (dueAtMs === undefined || this.#stopped || this.#pass !== undefined || nowMs < dueAtMs)
      return;
    this.#nextAtMs = nowMs + everyMs;
    this.#pass = this.#prune().finally(() => {
      this.#pass = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#pass;
  }

  async #prune(): Promise<void> {
    const nowMs = this.#options.clock.now();
    try {
      for (const kind of prunables)
        await this.#pruneKind(kind, nowMs - this.#options.retention[kind]);
    } catch (error) {
      this.#options.log('warn', 'old rows could not be deleted; the next pass tries again', {
        error: errorText(error),
      });
    }
  }

  async #pruneKind(kind: Prunable, beforeMs: number): Promise<void> {
    const { journal, failpoints } = this.#options;
    if (!Number.isFinite(beforeMs)) return;
    for (let batches = 0; !this.#stopped; batches += 1) {
      if (batches === batchesMax) {
        this.#nextAtMs = Number.NEGATIVE_INFINITY;
        return;
      }
      failpoints.reach('prune.before-batch');
      const deleted = await journal.prune(kind, beforeMs, batchMax);
      failpoints.reach('prune.batch-gone');
      if (deleted < batchMax) return;
    }
  }
}
