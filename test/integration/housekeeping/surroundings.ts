/** What the long run stands on: how it is waited for, and what its tables weigh. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { Database } from '../../../runtime/postgres/database.ts';
import type { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';

export async function settledInMemory(isIdle: () => boolean, clock: VirtualClock): Promise<void> {
  await clock.settled();
  if (!isIdle()) await clock.advance(10);
}

const roundsMax = 100_000;
/** Of the event loop, with nothing under way: so long the answer of the last statement may need to begin the next thing. */
const idleRoundsMin = 200;

export interface InVirtualTime {
  readonly journal: Journal;
  /** Resolves when the runtime is idle and the database owes no answer, housekeeping's among them. */
  readonly settled: (isIdle: () => boolean, clock: VirtualClock) => Promise<void>;
}

/** A database that has this process's clock, and outlives the run. It answers in its own time, which the virtual clock does not know. */
export function inVirtualTime(journal: Journal): InVirtualTime {
  let owed = 0;
  const counted = (answer: unknown): unknown => {
    if (!(answer instanceof Promise)) return answer;
    owed += 1;
    return answer.finally(() => {
      owed -= 1;
    });
  };
  const observed = new Proxy(journal, {
    get: (target, name) => {
      if (name === 'close') return async () => undefined;
      if (name === 'beat')
        return (instance: string, nowMs: number) =>
          counted(target.beat(instance, nowMs).then(() => nowMs));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function'
        ? (...args: unknown[]) => counted(Reflect.apply(member, target, args))
        : member;
    },
  });
  return {
    journal: observed,
    settled: (isIdle, clock) => becomesIdle(() => owed === 0 && isIdle(), clock),
  };
}

async function becomesIdle(isIdle: () => boolean, clock: VirtualClock): Promise<void> {
  let idleRounds = 0;
  for (let round = 0; round < roundsMax && idleRounds < idleRoundsMin; round += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    await clock.advance(0);
    idleRounds = isIdle() ? idleRounds + 1 : 0;
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
  const rows = await database.query(
    'select tablename::text as name from pg_tables where schemaname = $1',
    [database.journalSchema],
  );
  return rows.map(({ name }) => `${database.journalSchema}.${String(name)}`);
}

/** What is still held after everything that can be let go is. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
