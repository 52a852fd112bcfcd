/** A table in a database that has rows already, and two tables in one database. */
import { type Static, Type } from 'typebox';
import { defineTable } from '../../../actors/table/table.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Read, Write } from '../../../runtime/ports/store.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import type { SqlStoreModule } from '../../../runtime/postgres/store-module.ts';
import { tableCounts } from '../../../runtime/postgres/table-counts.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';

const test = suite('table: migrations', { needs: ['postgres'], deadlineMs: 60_000 });

const row = Type.Object({ title: Type.String(), siteId: Type.String(), siteid: Type.String() });
const before = defineTable('work-orders', { row, by: ['title'] });
const after = defineTable('work-orders', { row, by: ['siteId', 'title', 'siteid'] });
const notes = defineTable('notes', { row: Type.Object({ text: Type.String() }) });
const first: Static<typeof row> = { title: 'paint', siteId: 's1', siteid: 's2' };

async function opened(
  url: string,
  stores: readonly SqlStoreModule[],
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(url, { stores });
  try {
    await database.migrate();
    await work(database);
  } finally {
    await database.close();
  }
}

async function apply(database: Database, write: Write): Promise<void> {
  await database.transaction(async (transaction) => {
    const entityManager = transaction.entityManager(database.schemaOf(write.store));
    await database.stores.get(write.store)?.apply(entityManager, [write]);
  });
}

async function read(database: Database, { store, op, args }: Read): Promise<Json | undefined> {
  return database.stores.get(store)?.read(op, args);
}

test('a member that joins `by` later finds the rows that are there, beside older code', async () => {
  const url = postgresUrl(ownPrefix());
  await opened(url, [before.sql], (database) => apply(database, before.add('o1', first)));
  await opened(url, [after.sql], async (database) => {
    const found = [{ ...first, id: 'o1', version: 1 }];
    assert.equal(await read(database, after.find({ siteId: 's1', siteid: 's2' })), found);
    assert.equal(await read(database, after.find({ siteId: 's2' })), []);
    const indexes = await database.query(
      'select indexname as name from pg_indexes where schemaname = $1 order by indexname collate "C"',
      [database.schemaOf('work-orders')],
    );
    assert.equal(
      indexes.map(({ name }) => name),
      ['rows_by_siteId', 'rows_by_siteid', 'rows_by_title', 'rows_pkey'],
    );
  });
  await opened(url, [before.sql], async (database) => {
    assert.is(Object(await read(database, before.find({ title: 'paint' }))).length, 1);
    await dropSchemas(database);
  });
});

test('two tables of one database have rows of their own, which operators can count', async () => {
  await opened(postgresUrl(ownPrefix()), [before.sql, notes.sql], async (database) => {
    await apply(database, before.add('1', first));
    await apply(database, notes.add('1', { text: 'a' }));
    await apply(database, notes.add('2', { text: 'b' }));
    const counts = await tableCounts(database);
    assert.is(counts['work-orders.rows'], 1);
    assert.is(counts['notes.rows'], 2);
    await dropSchemas(database);
  });
});

test.run();
