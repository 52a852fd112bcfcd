/**
 * Rows that an operation of a table reads while many are stored, as PostgreSQL counts them.
 *
 * Each statement is prepared and has run before it is counted, so often that the server may have
 * chosen a plan for all parameters. The table was empty when it was last analyzed.
 */
import type { EntityManager } from '@mikro-orm/sql';
import type { Write } from '../../../runtime/ports/store.ts';
import {
  type Database,
  openDatabase,
  type SqlTransaction,
} from '../../../runtime/postgres/database.ts';
import { executePrepared } from '../../../runtime/postgres/prepared-statements.ts';
import { parcels } from '../../contract/table-contract.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';

const test = suite('table: what an operation looks up', {
  needs: ['postgres'],
  deadlineMs: 60_000,
});

const stored = 5_000;
/** The server plans a prepared statement anew five times before it considers one plan for all. */
const runsBefore = 7;
const members = { owner: 'kim', weight: 1, labels: [], size: { wide: 1 } };

function added(index: number): Write {
  return parcels.add(`p${index}`, { ...members, place: `a${index}`, note: `n${index}` });
}

/** Rows that the work reads in this transaction. */
async function rowsRead(
  transaction: SqlTransaction,
  schema: string,
  work: () => Promise<unknown>,
): Promise<number> {
  const counted = async () => {
    const [row] = await transaction.query(
      'select (seq_tup_read + idx_tup_fetch)::integer as rows from pg_stat_xact_user_tables where schemaname = $1',
      [schema],
    );
    return Number(row?.['rows']);
  };
  const before = await counted();
  await work();
  return (await counted()) - before;
}

async function inTable(
  database: Database,
  work: (transaction: SqlTransaction, schema: string, em: EntityManager) => Promise<void>,
): Promise<void> {
  try {
    await database.migrate();
    const schema = database.schemaOf(parcels.name);
    await database.transaction((transaction) =>
      work(transaction, schema, transaction.entityManager(schema)),
    );
  } finally {
    await dropSchemas(database);
    await database.close();
  }
}

test('an operation reads the rows of the operation, however many there are', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores: [parcels.sql] });
  await inTable(database, async (transaction, schema, em) => {
    const store = parcels.sql.create({
      schema,
      read: () => em,
      snapshot: (reads) => reads(em),
      execute: executePrepared,
      change: async (...given) => void (await executePrepared(...given)),
      isPipelined: false,
    });
    await transaction.query(`analyze ${schema}.rows`, []);
    await store.apply(
      em,
      Array.from({ length: stored }, (_, index) => added(index)),
    );
    const reads = [
      parcels.get('p7'),
      parcels.find({ place: 'a7' }),
      parcels.find({ place: ['a7', 'nowhere'], owner: 'kim' }),
      parcels.find({ note: 'n7' }),
      parcels.find({ owner: null }),
    ];
    const writes = (index: number) => [
      added(stored + index),
      parcels.change({ id: `p${index}`, version: 1 }, { owner: 'lee' }),
      parcels.remove({ id: `p${100 + index}`, version: 1 }),
    ];
    const works = [
      ...reads.map(
        ({ op, args }) =>
          () =>
            store.read(op, args),
      ),
      ...writes(runsBefore).map((write) => () => store.apply(em, [write])),
    ];
    for (let run = 0; run < runsBefore; run += 1) {
      for (const { op, args } of reads) await store.read(op, args);
      for (const write of writes(run)) await store.apply(em, [write]);
    }
    const all = parcels.find({});
    assert.is(await rowsRead(transaction, schema, () => store.read(all.op, all.args)), stored);
    for (const [index, work] of works.entries()) {
      const rows = await rowsRead(transaction, schema, work);
      assert.ok(rows <= 4, `operation ${index} reads ${rows} rows`);
    }
  });
});

test.run();
