/**
 * The sagas that the inspector knows: those under way in the databases, and those that have ended
 * since this process began.
 *
 * - oldest: of many open sagas only the records of the oldest are read.
 */
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { SagaList, SagaRecord, SagaSummary } from './contract.ts';
import { sagaSummary } from './saga-summaries.ts';

const openMax = 50;
const endedMax = 100;
/** Kinds of history lines with which a saga begins. */
const beginning = 'engaged';

export type WatchedSagas = Pick<OpenDeployment, 'sagas' | 'sagaRecord'>;

export class SagaWatch {
  /** Sagas that this process has seen, the newest last. */
  readonly #seen = new Map<string, SagaSummary | undefined>();

  readonly notice = (lines: readonly HistoryLine[]): void => {
    for (const { topic, line } of lines) {
      if (line['what'] !== beginning) continue;
      this.#seen.delete(topic);
      this.#seen.set(topic, undefined);
      const [oldest] = this.#seen.keys();
      if (this.#seen.size > endedMax && oldest !== undefined) this.#seen.delete(oldest);
    }
  };

  async list(deployment: WatchedSagas): Promise<SagaList> {
    const parts = await deployment.sagas();
    // Ids of sagas are UUIDv7, so their order is that of their beginnings.
    const openIds = [...new Set(parts.map(({ saga }) => saga))].sort();
    const open = await this.#records(openIds.slice(0, openMax), deployment);
    return {
      open: open.map(sagaSummary),
      openCount: openIds.length,
      ended: await this.#ended(new Set(openIds), deployment),
    };
  }

  async #ended(
    open: ReadonlySet<string>,
    deployment: WatchedSagas,
  ): Promise<readonly SagaSummary[]> {
    for (const [saga, known] of this.#seen) {
      if (known !== undefined || open.has(saga)) continue;
      const [record] = await this.#records([saga], deployment);
      if (record !== undefined) this.#seen.set(saga, sagaSummary(record));
    }
    const ended = [...this.#seen].flatMap(([saga, summary]) =>
      summary === undefined || open.has(saga) ? [] : [summary],
    );
    return ended.reverse();
  }

  async #records(
    sagas: readonly string[],
    deployment: WatchedSagas,
  ): Promise<readonly SagaRecord[]> {
    const records = await Promise.all(sagas.map((saga) => deployment.sagaRecord(saga)));
    return records.filter((record) => record !== undefined);
  }
}
