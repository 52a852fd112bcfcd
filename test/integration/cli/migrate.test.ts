/** `migrate …`: over a server, where commands race, and over an embedded database. */
import { join } from 'node:path';
import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import { ledgerSqlModule } from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import { filesSqlStore } from '../../../actors/file-remover/sql-store.ts';
import { hierarchySqlModule } from '../../../actors/hierarchy/sql/sql-store.ts';
import { transactionsSqlStore } from '../../../actors/transactions/sql-store.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: migrate', { needs: ['postgres'], deadlineMs: 300_000 });

const stores = [
  hierarchySqlModule,
  ledgerSqlModule,
  cardsSqlStore,
  transactionsSqlStore,
  filesSqlStore,
];

test('each migration that can be undone is undone and runs again', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores });
  try {
    await database.migrate();
    const made = await database.migrations();
    const names = made.filter(({ loses }) => loses !== null).map(({ name }) => name);
    assert.ok(names.length >= 14, `${names.length} can be undone`);
    await database.undo(names);
    const left = (await database.migrations()).filter(({ ranAtMs }) => ranAtMs === null);
    assert.equal(
      left.map(({ name }) => name),
      names,
    );
    await database.migrate();
    assert.ok((await database.migrations()).every(({ ranAtMs }) => ranAtMs !== null));
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test('a command over the tables of older code says which migrations have not run', async () => {
  const url = postgresUrl(ownPrefix());
  const database = await openDatabase(url, { stores });
  try {
    await database.migrate();
    await database.undo(['journal/007-large-values', 'journal/006-outbox-packs']);
    const check = await run(['machines', 'check', '--config', 'objects'], { database_url: url });
    assert.is(check.code, 78);
    assert.match(
      check.stderr,
      /older code: found journal\/006-outbox-packs, journal\/007-large-values not run; run 'unanimous migrate up' first/,
    );
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

type Migration = { readonly name: string; readonly ranAtMs: number | null };

test('commands that migrate at once run each migration once; down tells what is lost and asks --yes', async () => {
  const url = postgresUrl(ownPrefix());
  const database = await openDatabase(url, { stores: [] });
  const command = (...args: readonly string[]) =>
    run(['migrate', ...args, '--config', 'objects'], { database_url: url });
  const status = async (): Promise<readonly Migration[]> => {
    const { stdout } = await command('status', '--json');
    return JSON.parse(stdout).flatMap((each: { migrations: Migration[] }) => each.migrations);
  };
  try {
    const fresh = await status();
    assert.ok(fresh.length > 4);
    assert.ok(fresh.every(({ ranAtMs }) => ranAtMs === null));
    const ups = await Promise.all([command('up'), command('up'), command('up')]);
    assert.equal(
      ups.map(({ code, stderr }) => [code, stderr]),
      ups.map(() => [0, '']),
    );
    const rows = await database.query(
      `select count(*)::integer as count, count(distinct name)::integer as names from ${database.journalSchema}.migrations`,
      [],
    );
    assert.equal(rows[0], { count: fresh.length, names: fresh.length });
    assert.match((await command('up')).stdout, /^nothing to run\n$/);
    const [ledger, hierarchy] = ['ledger/006-engagement-hops', 'ledger/005-retentions'] as const;
    const [asked, gap, first] = await Promise.all([
      command('down', ledger),
      command('down', hierarchy, '--yes'),
      command('down', 'journal/001-journal', '--yes'),
    ]);
    assert.is(asked.code, 1);
    assert.match(
      asked.stdout,
      /would lose: how many services each saga had passed through when it engaged a node\nnothing is undone; --yes/,
    );
    assert.match(
      gap.stderr,
      /ledger\/006-engagement-hops is newer than ledger\/005-retentions and stays/,
    );
    assert.match(
      first.stderr,
      /journal\/001-journal cannot be undone, because its data is nowhere else/,
    );
    const journal = new SqlJournal({ database });
    const nowMs = await journal.beat('living', 0);
    await journal.beat('living', nowMs);
    const living = await command('down', ledger, '--yes');
    assert.equal([living.code, living.stdout], [1, '']);
    assert.match(
      living.stderr,
      /1 processes have worked over this database within the last minute/,
    );
    await journal.leave('living');
    const undone = await command('down', hierarchy, ledger, '--yes');
    assert.is(undone.code, 0, undone.stderr);
    const left = (await status()).filter(({ ranAtMs }) => ranAtMs === null);
    assert.equal(
      left.map(({ name }) => name),
      [hierarchy, ledger],
    );
    assert.match((await command('up')).stdout, /ledger\/006-engagement-hops has run\n2 migrations/);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test('an embedded database is made by up, and each migration has its time', async () => {
  const folder = await ConfigFolder.open();
  const options = ['--data', join(folder.path, 'data'), '--config', 'transactions'];
  try {
    const absent = await run(['migrate', 'status', ...options]);
    assert.is(absent.code, 78);
    assert.match(absent.stderr, /no folder/);
    assert.is((await run(['migrate', 'up', ...options])).code, 0);
    const { stdout } = await run(['migrate', 'status', ...options]);
    assert.match(
      stdout,
      /^database of transactions\n {2}20\S+Z {2}journal\/001-journal {2}no way back\n/,
    );
    assert.match(stdout, /\nevery migration has run\n$/);
  } finally {
    await folder.remove();
  }
});

test.run();
