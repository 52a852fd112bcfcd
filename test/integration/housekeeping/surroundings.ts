/** What the long run stands on: how it is waited for, and what its tables weigh. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Journal } from '../../../runtime/journal.ts';
import type { Database } from '../../../runtime/postgres/database.ts';
import type { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';

const roundsMax = 100_000;

/** A database that has this process's clock, and outlives the run. */
export function inVirtualTime(journal: Journal): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      if (name === 'close') return async () => undefined;
      if (name === 'beat') return (instance: string, nowMs: number) => target.beat(instance, nowMs).then(() => nowMs);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

export async function settledInMemory(isQuiet: () => boolean, clock: VirtualClock): Promise<void> {
  await clock.settled();
  if (!isQuiet()) await clock.advance(10);
}

/** A database answers in its own time, which the virtual clock does not know: the event loop goes round until nothing is under way. */
export async function settledOnDatabase(isQuiet: () => boolean, clock: VirtualClock): Promise<void> {
  let quietRounds = 0;
  for (let round = 0; round < roundsMax && quietRounds < 200; round += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    await clock.advance(0);
    quietRounds = isQuiet() ? quietRounds + 1 : 0;
  }
}

export async function vacuumed(database: Database): Promise<void> {
  for (const table of await tables(database)) await database.query(`vacuum (analyze) ${table}`, []);
}

/** Tables with their indexes. */
export async function tableBytes(database: Database): Promise<number> {
  const [row] = await database.query(
    "select sum(pg_total_relation_size(format('%I.%I', schemaname, tablename)::regclass))::float8 as bytes from pg_tables where schemaname = $1",
    [database.journalSchema],
  );
  return Number(row?.['bytes']);
}

async function tables(database: Database): Promise<readonly string[]> {
  const rows = await database.query('select tablename::text as name from pg_tables where schemaname = $1', [database.journalSchema]);
  return rows.map(({ name }) => `${database.journalSchema}.${String(name)}`);
}

/** What is still held after everything that can be let go is. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
