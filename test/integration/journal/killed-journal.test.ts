/**
 * A process is killed while it commits, again and again: what it said was committed is there, and no turn is half there.
 * `npm run sweep -- --reopen 50` does it more often.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { sqlLedger } from '../../contract/journal/ledger-store.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';
import { type ReopeningReport, reopenings } from './reopening.ts';

const cycles = proofSize('reopening');

function isWhole({ acknowledged, lost, torn, findings }: ReopeningReport): void {
  assert.equal({ lost, torn, findings }, { lost: 0, torn: 0, findings: [] });
  assert.ok(acknowledged >= cycles / 2, `only ${acknowledged} turns`);
}

const embedded = suite('journal: killed processes, PGlite', {
  deadlineMs: 120_000 + cycles * 10_000,
});

embedded('no acknowledged turn is lost and none is half there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  isWhole(await reopenings({ url: `pglite://${folder}`, cycles, seed: seed() }));
  await rm(folder, { recursive: true, force: true });
});

embedded.run();

const server = suite('journal: killed processes, PostgreSQL', {
  needs: ['postgres'],
  deadlineMs: 60_000 + cycles * 10_000,
});

server('no acknowledged turn is lost and none is half there', async () => {
  const url = postgresUrl(ownPrefix());
  isWhole(await reopenings({ url, cycles, seed: seed() }));
  const database = await openDatabase(url, { stores: [sqlLedger] });
  await dropSchemas(database);
  await database.close();
});

server.run();
