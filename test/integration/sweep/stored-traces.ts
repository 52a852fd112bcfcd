/** What a round has left in a database. */
import type { Clock } from '../../../runtime/ports/clock.ts';
import type { DeadLetterList } from '../../../runtime/ports/dead-letter.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Database } from '../../../runtime/postgres/database.ts';
import type { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import type { DeadLetterFinder } from './insistent-callers.ts';
import { tallyStore } from './tally-store.ts';
import { type Traces, topicsOf } from './workload.ts';

const deadLettersMax = 10_000;
const services = ['checkout', 'bank'];

/** Whoever looks after the dead letters of a journal, in the process that has it open. */
export function deadLettersOf(
  journal: Pick<DeadLetterList, 'deadLetters' | 'requestReplay'>,
  clock: Pick<Clock, 'now'>,
): DeadLetterFinder {
  return {
    find: async (messageId) =>
      (await journal.deadLetters(services, deadLettersMax)).find(
        ({ properties }) => properties.messageId === messageId,
      )?.id,
    replay: (deadLetterId) => journal.requestReplay({ ids: [deadLetterId] }, clock.now()),
  };
}

export async function storedTraces(
  database: Database,
  journal: SqlJournal,
  round: string,
): Promise<Omit<Traces, 'effects'>> {
  const tally: Json = (await database.stores.get(tallyStore)?.read('all', `${round}-`)) ?? {};
  return {
    tally: tally as Traces['tally'],
    history: (await Promise.all(topicsOf(round).map((topic) => journal.history(topic)))).flat(),
    deadLetters: await journal.deadLetters(services, deadLettersMax),
    counts: await journal.counts(),
  };
}
