/** The command `deletions export`. */
import { writeFile } from 'node:fs/promises';
import { deletedCards } from '../actors/cards/deleted-cards.ts';
import {
  type DeletedCard,
  deletionFileHeader,
  type FinishedDeletion,
  finishedDeletions,
} from '../actors/consent/deletion-file.ts';
import { sagaRecord } from '../actors/consent/saga-record.ts';
import { type DeletionTopics, deletionTopics } from '../composition/deletion-topics.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import { print } from './print.ts';
import { RunningProcess } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';
import { withStoredRows } from './stored-services.ts';

interface History {
  readonly topics: (sinceMs: number) => Promise<DeletionTopics>;
  readonly history: (topic: string) => Promise<readonly HistoryLine[]>;
}

/** `sinceMs`: milliseconds since the epoch. */
export async function exportDeletions(
  sinceMs: number,
  { out, ...options }: StorageOptions & { readonly out?: string },
): Promise<void> {
  const header = deletionFileHeader(sinceMs, systemClock.now());
  const lines = await withHistory(options, (history) => finishedSince(sinceMs, history));
  const texts = [header, ...lines].map((line) => JSON.stringify(line));
  if (out === undefined) for (const text of texts) print(text);
  else {
    await writeFile(out, `${texts.join('\n')}\n`);
    print(`wrote ${out}: ${lines.length} finished deletion${lines.length === 1 ? '' : 's'}`);
  }
}

async function finishedSince(
  sinceMs: number,
  { topics, history }: History,
): Promise<readonly (FinishedDeletion | DeletedCard)[]> {
  const found: (FinishedDeletion | DeletedCard)[] = [];
  const { sagas, cards } = await topics(sinceMs);
  for (const saga of sagas) {
    const record = sagaRecord(saga, await history(saga));
    if (record !== undefined) found.push(...finishedDeletions(record));
  }
  for (const card of cards) found.push(...(await deletedCards(card, history)));
  return found;
}

/** The histories of a running `up` with the data folder, else of the databases. */
async function withHistory<Result>(
  options: StorageOptions,
  work: (history: History) => Promise<Result>,
): Promise<Result> {
  const running = await RunningProcess.find(options.data);
  if (running !== undefined)
    return work({
      topics: (sinceMs) => running.deletionTopics(sinceMs),
      history: (topic) => running.history(topic),
    });
  return withStoredRows(options, ({ journals, history }) =>
    work({ topics: (sinceMs) => deletionTopics(journals.values(), sinceMs), history }),
  );
}
