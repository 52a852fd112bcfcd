/** The sagas that have removed nodes, from the histories of some journals. */
import type { HistoryPosition, JournalSurvey } from '../runtime/ports/journal-survey.ts';

type History = Pick<JournalSurvey, 'listHistory'>;

const batchMax = 500;

/**
 * Ids of the sagas that removed a node at `sinceMs` (milliseconds since the epoch) or later, in the
 * order of their first removal in each journal.
 */
export async function deletedSagas(
  journals: Iterable<History>,
  sinceMs: number,
): Promise<readonly string[]> {
  const sagas = new Set<string>();
  for (const journal of new Set(journals)) {
    let after: HistoryPosition | undefined = { atMs: sinceMs, id: '' };
    while (after !== undefined) {
      const lines: Awaited<ReturnType<History['listHistory']>> = await journal.listHistory(
        'deleted',
        after,
        batchMax,
      );
      for (const { topic } of lines) sagas.add(topic);
      after = lines.length < batchMax ? undefined : lines.at(-1);
    }
  }
  return [...sagas];
}
