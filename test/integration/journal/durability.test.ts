import { Broken } from '../../../runtime/ports/errors.ts';
import { type DatabaseOptions, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { actor, facts, message, turn } from '../../contract/journal/samples.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../support/private-postgres.ts';
import { assert, suite } from '../../support/suite.ts';
import { ownPrefix, postgresUrl } from './benches.ts';

const test = suite('durability of a server', { needs: ['postgres'] });

/** The setting holds for these connections only. */
const careless = `${postgresUrl(ownPrefix())}&options=${encodeURIComponent('-c synchronous_commit=off')}`;

async function warningsOf(
  url: string,
  options: Partial<DatabaseOptions> = {},
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const database = await openDatabase(url, {
    stores: [],
    warn: (text) => warnings.push(text),
    ...options,
  });
  try {
    await database.check();
    return warnings;
  } finally {
    await database.close();
  }
}

test('a server that may lose the last commits is told of, with what is off', async () => {
  const warnings = await warningsOf(careless);
  assert.is(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /synchronous_commit is off: a crash of the server may lose the last commits/,
  );
});

test('strict, it is refused', async () => {
  const isRefused = (error: unknown) =>
    error instanceof Broken && error.code === 'config-invalid' && error.at === 'database_url';
  await assert.rejects(warningsOf(careless, { strict: true }), isRefused);
});

test('what the server sets for everybody decides when the connection says nothing', async () => {
  const all = await warningsOf(
    `${postgresUrl(ownPrefix())}&options=${encodeURIComponent('-c synchronous_commit=on')}`,
  );
  assert.not(all.some((text) => text.includes('synchronous_commit')));
});

const crash = suite('durability: a crash of the server', { needs: ['postgres-server'] });
let server: PrivatePostgres;

// What no commit has waited for is written to the disk long after the crash.
crash.before(async () => {
  server = await startPrivatePostgres(['wal_writer_delay=10s']);
});

crash.after(() => server.remove());

/** The messages that are there after `work` and a crash. */
async function leftAfter(work: (journal: SqlJournal) => Promise<void>): Promise<number> {
  const journal = await openedJournal();
  await work(journal);
  await server.stopAtOnce();
  await journal.close();
  await server.start();
  const after = await openedJournal();
  const { outbox } = await after.counts();
  await after.close();
  return outbox;
}

async function openedJournal(): Promise<SqlJournal> {
  const journal = new SqlJournal({ database: await openDatabase(server.url, { stores: [] }) });
  await journal.open();
  return journal;
}

const kinds = { 'a message': [message('m')], 'a run of messages': facts(300) };

for (const [title, outbox] of Object.entries(kinds))
  crash(`${title} that was forgotten does not come back: nobody would look at it`, async () => {
    const left = await leftAfter(async (journal) => {
      await journal.commit('one', [turn({ address: actor(title), outbox })]);
      await journal.forget(outbox.map(({ id }) => id));
    });
    assert.is(left, 0);
  });

test.run();
crash.run();
