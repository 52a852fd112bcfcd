/**
 * Outbox rows that the transport has confirmed, until the journal has deleted them.
 *
 * Invariants:
 * - Deleted by the next commit: a commit takes the confirmed rows along (`take`) and says whether
 *   it has deleted them (`forgotten`) or not (`giveBack`). When no commit comes within 25 ms, or
 *   when 1000 rows wait, the rows are deleted on their own.
 * - Published again after a crash: a process that dies before the rows are deleted leaves them to
 *   another process, which publishes them again under the same message ids.
 */
import type { Clock } from '../ports/clock.ts';
import { errorText } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Journal } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';

export interface ConfirmedRowsOptions {
  readonly journal: Pick<Journal, 'forget'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Called with the ids of rows that are deleted. */
  readonly onForgotten: (ids: readonly string[]) => void;
}

const forgetAfterMs = 25;
const retryMs = 100;
const confirmedMax = 1_000;

export class ConfirmedRows {
  readonly #options: ConfirmedRowsOptions;
  #ids: string[] = [];
  #cancelForgetting: (() => void) | undefined;
  readonly #forgetting = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: ConfirmedRowsOptions) {
    this.#options = options;
  }

  add(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length >= confirmedMax && this.#forgetting.size === 0) this.#forget();
    else this.#forgetLater(forgetAfterMs);
  }

  /** Ids for a commit, which must call `forgotten` or `giveBack` with them. */
  take(): readonly string[] {
    this.#cancelForgetting?.();
    this.#cancelForgetting = undefined;
    return this.#ids.splice(0);
  }

  forgotten(ids: readonly string[]): void {
    this.#options.onForgotten(ids);
  }

  giveBack(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#ids.unshift(...ids);
    this.#forgetLater(retryMs);
  }

  /** Deletes all that is left. Rows that the journal cannot delete now stay there. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#forgetting);
    this.#forget();
    await Promise.all(this.#forgetting);
  }

  #forgetLater(delayMs: number): void {
    this.#cancelForgetting ??= this.#options.clock.after(delayMs, () => this.#forget());
  }

  #forget(): void {
    const ids = this.take();
    if (ids.length === 0) return;
    const forgetting = this.#forgetAll(ids).finally(() => this.#forgetting.delete(forgetting));
    this.#forgetting.add(forgetting);
  }

  async #forgetAll(ids: readonly string[]): Promise<void> {
    const { journal, failpoints, log } = this.#options;
    failpoints.reach('relay.before-forget');
    try {
      await journal.forget(ids);
      failpoints.reach('relay.forgotten');
      this.forgotten(ids);
    } catch (error) {
      log('warn', 'published messages could not be deleted from the outbox yet', {
        error: errorText(error),
      });
      if (!this.#stopping) this.giveBack(ids);
    }
  }
}
