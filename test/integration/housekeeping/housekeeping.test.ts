/** Many turns in memory, and some on PostgreSQL: what is left does not depend on how many there were. `npm run housekeeping` runs 100 000. */
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { excessOf } from './bounds.ts';
import { longRun } from './long-run.ts';
import { inVirtualTime, settledInMemory, tableBytes, vacuumed } from './surroundings.ts';

const turns = proofSize('housekeeping');

const memory = suite('housekeeping in memory', { deadlineMs: 120_000 });

memory(`${turns} turns leave what a minute of them leaves`, async () => {
  const run = await longRun(new MemoryJournal({ stores: [] }), turns, settledInMemory);
  assert.ok(run.turns >= turns);
  assert.equal(excessOf(run), []);
});

memory.run();

/** The tables take about 2.5 MB; a vacuum leaves rows that a transaction of another test may still see. */
const bytesMax = 4_000_000;

const server = suite('housekeeping on PostgreSQL', { needs: ['postgres'], deadlineMs: 120_000 });

server('what is left of 1 500 turns is small, in rows and in bytes', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores: [] });
  const { journal, settled } = inVirtualTime(new SqlJournal({ database }));
  try {
    assert.equal(excessOf(await longRun(journal, 1_500, settled)), []);
    await vacuumed(database);
    const bytes = await tableBytes(database);
    assert.ok(bytes < bytesMax, `${bytes} bytes after vacuum`);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

server.run();
