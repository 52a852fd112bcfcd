/**
 * A process is killed while it commits, again and again: what it said was committed is there, and no turn is half there.
 * `npm run sweep -- --reopen 50` does it more often.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { sqlLedger } from '../../contract/ledger-store.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';
import { type ReopeningReport, reopenings } from './reopening.ts';

function isWhole({ acknowledged, lost, torn, findings }: ReopeningReport, cycles: number): void {
  assert.equal({ lost, torn, findings }, { lost: 0, torn: 0, findings: [] });
  assert.ok(acknowledged >= cycles / 2, `only ${acknowledged} turns`);
}

const embedded = suite('journal: killed processes, PGlite', { deadlineMs: 240_000 });

embedded('no acknowledged turn is lost and none is half there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  isWhole(await reopenings({ url: `pglite://${folder}`, cycles: 5, seed: seed() }), 5);
  await rm(folder, { recursive: true, force: true });
});

embedded.run();

const server = suite('journal: killed processes, PostgreSQL', {
  needs: ['postgres'],
  deadlineMs: 120_000,
});

server('no acknowledged turn is lost and none is half there', async () => {
  const url = postgresUrl(ownPrefix());
  isWhole(await reopenings({ url, cycles: 4, seed: seed() }), 4);
  const database = await openDatabase(url, { stores: [sqlLedger] });
  await dropSchemas(database);
  await database.close();
});

server.run();
