/**
 * Two commits at the same time on PostgreSQL, in an order that is certain: the first writes, the second starts its write and is
 * seen to wait for the first one's lock, the first ends, and the second finds out.
 */

import type { Write } from '../../../runtime/ports/store.ts';
import { writesByStore } from '../../../runtime/ports/store.ts';
import type { Database, SqlTransaction } from '../../../runtime/postgres/database.ts';

/** How the first of two commits ends. */
export type Ending = 'commit' | 'rollback';

/**
 * Resolves when both are committed (the first unless it was to be rolled back).
 * @throws what the second one's write throws
 */
export async function race(
  database: Database,
  first: readonly Write[],
  second: readonly Write[],
  ending: Ending = 'commit',
): Promise<void> {
  await amongContenders(database, async (a, b) => {
    await a.apply(first);
    const late = settled(b.apply(second));
    await untilWaiting(database, b, a, late);
    await a.end(ending);
    await finish(b, late);
  });
}

/** The same with a first one that is held up in the middle of its write: by `statement`, which a third transaction takes back. */
export async function raceHeldUp(
  database: Database,
  statement: string,
  first: readonly Write[],
  second: readonly Write[],
): Promise<void> {
  await amongContenders(database, async (a, b, c) => {
    await c.query(statement);
    const heldUp = settled(a.apply(first));
    await untilWaiting(database, a, c, heldUp);
    const late = settled(b.apply(second));
    await untilWaiting(database, b, a, late);
    await c.end('rollback');
    await finish(a, heldUp);
    await finish(b, late);
  });
}

async function amongContenders(
  database: Database,
  work: (a: Contender, b: Contender, c: Contender) => Promise<void>,
): Promise<void> {
  const [a, b, c] = [await begin(database), await begin(database), await begin(database)];
  try {
    await work(a, b, c);
  } finally {
    await Promise.all([a, b, c].map((contender) => contender.end('rollback')));
  }
}

async function finish(contender: Contender, late: Settled): Promise<void> {
  const error = await late.outcome;
  await contender.end(error === undefined ? 'commit' : 'rollback');
  if (error !== undefined) throw error;
}

interface Contender {
  readonly pid: number;
  apply(writes: readonly Write[]): Promise<void>;
  query(statement: string): Promise<unknown>;
  /** The first call counts. */
  end(how: Ending): Promise<void>;
}

function begin(database: Database): Promise<Contender> {
  return new Promise((resolve, reject) => {
    const done = database.transaction(
      (transaction) =>
        new Promise<void>((commit, rollback) => {
          const ended = () => done.catch(() => undefined);
          const end = (how: Ending) => {
            if (how === 'commit') commit();
            else rollback(new Error('rolled back'));
            return ended();
          };
          contender(database, transaction, end).then(resolve, rollback);
        }),
    );
    done.catch(reject);
  });
}

async function contender(
  database: Database,
  transaction: SqlTransaction,
  end: Contender['end'],
): Promise<Contender> {
  const [row] = await transaction.query('select pg_backend_pid() as pid', []);
  return {
    pid: Number(row?.['pid']),
    apply: async (writes) => {
      for (const [name, of] of writesByStore(writes))
        await database.stores
          .get(name)
          ?.apply(transaction.entityManager(database.schemaOf(name)), of);
      // Changes are sent and not waited for, until something behind them has a result.
      await transaction.query('select 1', []);
    },
    query: (statement) => transaction.query(statement, []),
    end,
  };
}

interface Settled {
  /** The error, undefined when there was none. */
  readonly outcome: Promise<unknown>;
  isDone(): boolean;
}

function settled(work: Promise<void>): Settled {
  let isDone = false;
  const outcome = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const noted = outcome.finally(() => {
    isDone = true;
  });
  return { outcome: noted, isDone: () => isDone };
}

/** Asks the server; each question is a round trip, so this does not spin. */
async function untilWaiting(
  database: Database,
  waiting: Contender,
  holder: Contender,
  late: Settled,
): Promise<void> {
  for (;;) {
    const [row] = await database.query('select $2 = any(pg_blocking_pids($1)) as waits', [
      waiting.pid,
      holder.pid,
    ]);
    if (row?.['waits'] === true) return;
    if (late.isDone())
      throw new Error('the second write did not wait for the first', { cause: await late.outcome });
  }
}
