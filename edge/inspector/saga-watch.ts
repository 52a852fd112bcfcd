/**
 * The sagas that the inspector knows: those under way in the databases, and those that have ended
 * since this process began.
 *
 * - oldest: of many open sagas only the oldest are explained.
 */
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import type { SagaWhy } from '../../composition/why-documents.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { SagaList, SagaSummary } from './contract.ts';
import { sagaSummary } from './saga-summary.ts';

const openMax = 50;
const endedMax = 100;
/** The kind of the history line with which a saga begins. */
const beginning = 'engaged';

export type WatchedSagas = Pick<OpenDeployment, 'sagas' | 'why'>;

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
    // Ids of sagas are UUIDv7, so their order is the order of the sagas' beginnings.
    const openIds = [...new Set(parts.map(({ saga }) => saga))].sort();
    const open = await explained(openIds.slice(0, openMax), deployment);
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
      const [why] = await explained([saga], deployment);
      if (why !== undefined) this.#seen.set(saga, sagaSummary(why));
    }
    const ended = [...this.#seen].flatMap(([saga, summary]) =>
      summary === undefined || open.has(saga) ? [] : [summary],
    );
    return ended.reverse();
  }
}

/** What `why` says of each saga; a saga that has just gone is left out. */
async function explained(
  sagas: readonly string[],
  deployment: WatchedSagas,
): Promise<readonly SagaWhy[]> {
  const found = await Promise.all(sagas.map((saga) => deployment.why(saga).catch(ignoreAbsent)));
  return found.flatMap((why) => (why?.kind === 'saga' ? [why] : []));
}

function ignoreAbsent(error: unknown): undefined {
  if (error instanceof Refused && error.code === 'not-found') return undefined;
  throw error;
}
