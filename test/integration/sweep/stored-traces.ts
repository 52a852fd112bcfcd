/** What a round has left in a database. */
import type { Json } from '../../../runtime/json.ts';
import type { Database } from '../../../runtime/postgres/database.ts';
import type { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { tallyStore } from './tally-store.ts';
import { type Traces, topicsOf } from './workload.ts';

const lettersMax = 10_000;

export async function storedTraces(database: Database, journal: SqlJournal, round: string): Promise<Omit<Traces, 'effects'>> {
  const tally: Json = (await database.stores.get(tallyStore)?.read('all', `${round}-`)) ?? {};
  return {
    tally: tally as Traces['tally'],
    history: (await Promise.all(topicsOf(round).map((topic) => journal.history(topic)))).flat(),
    letters: await journal.deadLetters(['desk', 'bank'], lettersMax),
    counts: await journal.counts(),
  };
}
