/** The topics of deletions, from the histories of some journals: sagas and cards. */
import type { HistoryPosition, JournalSurvey } from '../runtime/ports/journal-survey.ts';

type History = Pick<JournalSurvey, 'listHistory'>;

/** The sagas that have removed nodes, and the cards whose rows were removed. */
export type DeletionTopics = {
  readonly sagas: readonly string[];
  readonly cards: readonly string[];
};

const batchMax = 500;

/**
 * The ids of sagas and cards with a removal at `sinceMs` (milliseconds since the epoch) or later, in
 * the order of their first removal in each journal. `journals` may be an iterator, which is read
 * once.
 */
export async function deletionTopics(
  journals: Iterable<History>,
  sinceMs: number,
): Promise<DeletionTopics> {
  const distinct = [...new Set(journals)];
  return {
    sagas: await topicsOf('deleted', distinct, sinceMs),
    cards: await topicsOf('card removed', distinct, sinceMs),
  };
}

async function topicsOf(
  what: string,
  journals: readonly History[],
  sinceMs: number,
): Promise<readonly string[]> {
  const topics = new Set<string>();
  for (const journal of journals) {
    let after: HistoryPosition | undefined = { atMs: sinceMs, id: '' };
    while (after !== undefined) {
      const lines: Awaited<ReturnType<History['listHistory']>> = await journal.listHistory(
        what,
        after,
        batchMax,
      );
      for (const { topic } of lines) topics.add(topic);
      after = lines.length < batchMax ? undefined : lines.at(-1);
    }
  }
  return [...topics];
}
