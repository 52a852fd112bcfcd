/** A process is killed while it commits, again and again: what it said was committed is there, and no turn is half there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { anActor } from '../../contract/journal/samples.ts';
import { sqlLedger } from '../../contract/ledger-store.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';
import { startJournalProcess } from './child-process.ts';

/** Commits to wait for before the kill; each cycle is cut off somewhere in the commit after. */
const cycles = [1, 7, 20, 3];

/** The version that is stored, after checking that everything else agrees with it. */
async function checkedVersion(database: Database): Promise<number> {
  const journal = new SqlJournal({ database });
  await journal.open();
  const [loaded] = await journal.load([{ address: anActor, messageIds: [] }]);
  const version = loaded?.version ?? 0;
  const counts = await journal.counts();
  assert.is(loaded?.record?.family, version);
  assert.is(counts.inbox, version);
  assert.is(counts.outbox, version);
  const names = await database.stores.get('ledger')?.read('names', null);
  assert.is(Array.isArray(names) && names.length, Math.ceil(version / 2));
  return version;
}

async function killAndCheck(url: string, commits: number, before: number): Promise<number> {
  const child = startJournalProcess('commit', url);
  await child.printed(commits);
  await child.kill();
  const database = await openDatabase(url, { stores: [sqlLedger] });
  try {
    const version = await checkedVersion(database);
    const acknowledged = Number(child.lines.at(-1));
    assert.is(acknowledged, before + child.lines.length);
    assert.ok(version === acknowledged || version === acknowledged + 1, `${acknowledged} were acknowledged, ${version} are there`);
    return version;
  } finally {
    await database.close();
  }
}

const embedded = suite('journal: killed processes, PGlite', { deadlineMs: 120_000 });

embedded('no acknowledged turn is lost and none is half there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  let version = 0;
  for (const commits of cycles) version = await killAndCheck(`pglite://${folder}`, commits, version);
  await rm(folder, { recursive: true, force: true });
});

embedded.run();

const server = suite('journal: killed processes, PostgreSQL', { needs: ['postgres'], deadlineMs: 60_000 });

server('no acknowledged turn is lost and none is half there', async () => {
  const url = postgresUrl(ownPrefix());
  let version = 0;
  for (const commits of cycles) version = await killAndCheck(url, commits, version);
  const database = await openDatabase(url, { stores: [sqlLedger] });
  await dropSchemas(database);
  await database.close();
});

server.run();
