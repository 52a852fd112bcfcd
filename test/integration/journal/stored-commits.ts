/** What the endless commits of `journal-process.ts` have left: the version they came to, and what of it does not belong together. */
import type { Database } from '../../../runtime/postgres/database.ts';
import type { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { anActor } from '../../contract/journal/samples.ts';

export interface StoredCommits {
  /** Turns that are there. */
  readonly version: number;
  /** Parts of a turn without its others, as `what: found, not expected`. */
  readonly torn: readonly string[];
}

export async function storedCommits(
  database: Database,
  journal: SqlJournal,
): Promise<StoredCommits> {
  const [loaded] = await journal.load([{ address: anActor, messageIds: [] }]);
  const version = loaded?.version ?? 0;
  const { inbox, outbox } = await journal.counts();
  const names = await database.stores.get('ledger')?.read('names', null);
  const parts = [
    ['family', loaded?.record?.family ?? 0, version],
    ['inbox', inbox, version],
    ['outbox', outbox, version],
    ['names', Array.isArray(names) ? names.length : -1, Math.ceil(version / 2)],
  ] as const;
  return {
    version,
    torn: parts.flatMap(([what, found, wanted]) =>
      found === wanted ? [] : [`${what}: ${found}, not ${wanted}`],
    ),
  };
}
