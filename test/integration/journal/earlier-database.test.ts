/** A database whose tables were made by other code is refused with a clear error, and nothing in it changes. */
import { cardsMigrations } from '../../../actors/cards/migrations.ts';
import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';

const test = suite('journal: a database of other code', {
  needs: ['postgres'],
  deadlineMs: 60_000,
});

const isRefused = (text: RegExp) => (error: unknown) =>
  error instanceof Broken &&
  error.code === 'config-invalid' &&
  error.at === 'database_url' &&
  text.test(error.message);

/** Works with a database that has tables, and drops its schemas afterwards. */
async function withTables(work: (url: string, database: Database) => Promise<void>): Promise<void> {
  const url = postgresUrl(ownPrefix());
  const database = await openDatabase(url, { stores: [cardsSqlStore] });
  try {
    await new SqlJournal({ database }).open();
    await work(url, database);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
}

function rename(database: Database, from: string, to: string): Promise<unknown> {
  return database.query(
    `update ${database.journalSchema}.migrations set name = $2 where name = $1`,
    [from, to],
  );
}

async function checked(url: string): Promise<void> {
  const database = await openDatabase(url, { stores: [] });
  try {
    await database.check();
  } finally {
    await database.close();
  }
}

async function reopened(url: string): Promise<void> {
  const database = await openDatabase(url, { stores: [cardsSqlStore] });
  try {
    await database.migrate();
  } finally {
    await database.close();
  }
}

test('with the migrations of an unreleased version it is refused, by name', async () => {
  await withTables(async (url, database) => {
    await rename(database, 'journal/001-journal', 'journal/001-tables');
    await assert.rejects(
      checked(url),
      isRefused(
        /'journal' .* other code; it has .*journal\/001-tables and lacks journal\/001-journal/,
      ),
    );
  });
});

test('a store with another history is refused as well, where it is used', async () => {
  await withTables(async (url, database) => {
    await rename(database, `cards/${cardsMigrations[0]?.name}`, 'cards/001-tables');
    await assert.rejects(reopened(url), isRefused(/'cards'/));
    const without = await openDatabase(url, { stores: [] });
    await without.migrate();
    await without.close();
  });
});

test('a database that newer code has migrated further is opened', async () => {
  await withTables(async (url, database) => {
    await database.query(
      `insert into ${database.journalSchema}.migrations (name) values ('journal/002-later')`,
      [],
    );
    await reopened(url);
  });
});

test.run();
