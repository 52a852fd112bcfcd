/** Schemas that a database administrator has made, for a role that may not create any. */
import { Broken } from '../../../runtime/ports/errors.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { sqlLedger } from '../../contract/journal/ledger-store.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { ownPrefix, postgresUrl } from './benches.ts';

const test = suite('journal: schemas of an administrator', {
  needs: ['postgres'],
  deadlineMs: 60_000,
});
const prefix = ownPrefix();
const role = `${prefix}_role`;
let administrator: Database;

test.before(async () => {
  administrator = await openDatabase(postgresUrl(prefix), { stores: [sqlLedger] });
  await administrator.query(`create role ${role} login password 'x'`, []);
});

test.after(async () => {
  await administrator.query(`drop owned by ${role} cascade`, []);
  await administrator.query(`drop role ${role}`, []);
  await administrator.close();
});

async function migrated(): Promise<unknown> {
  const address = new URL(servers.postgres);
  address.username = role;
  address.password = 'x';
  address.searchParams.set('schema', prefix);
  const database = await openDatabase(address.href, { stores: [sqlLedger] });
  try {
    return await database.migrate().catch((error: unknown) => error);
  } finally {
    await database.close();
  }
}

test('without schemas and without the right to create them it is refused, and says so', async () => {
  const error = await migrated();
  assert.ok(error instanceof Broken && error.code === 'config-invalid', String(error));
  assert.match(
    error.message,
    /^the schema "?\w+_journal"? is not there, and the user may not create/,
  );
  assert.match(error.message, /permission denied for database/);
});

test('with the schemas there, the right to create schemas is not needed', async () => {
  for (const schema of [administrator.journalSchema, administrator.schemaOf(sqlLedger.name)])
    await administrator.query(`create schema ${schema} authorization ${role}`, []);
  assert.is(await migrated(), undefined);
  assert.is(await migrated(), undefined);
});

test.run();
