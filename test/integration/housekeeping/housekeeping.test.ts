/** Many turns in memory, and some on PostgreSQL: what is left does not depend on how many there were. `npm run housekeeping` runs 100 000. */
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { type LongRun, longRun } from './long-run.ts';
import { inVirtualTime, settledInMemory, tableBytes, vacuumed } from './surroundings.ts';

/** A minute of rounds, two for history; a pass comes once a minute, so twice as much may lie there. */
const mostRows = {
  actors: 2_000,
  inbox: 8_000,
  outbox: 400,
  asks: 2_000,
  timers: 100,
  activities: 100,
  history: 3_000,
  deadLetters: 0,
};

function assertBounded({ most, left }: LongRun): void {
  for (const [kind, count] of Object.entries(mostRows))
    assert.ok(most[kind as keyof typeof most] <= count, `${kind}: ${JSON.stringify(most)}`);
  assert.equal(left, {
    actors: 2,
    inbox: 0,
    outbox: 0,
    asks: 0,
    timers: 0,
    activities: 0,
    history: 0,
    deadLetters: 0,
  });
}

const turns = proofSize('housekeeping');

const memory = suite('housekeeping in memory', { deadlineMs: 120_000 });

memory(`${turns} turns leave what a minute of them leaves`, async () => {
  const run = await longRun(new MemoryJournal({ stores: [] }), turns, settledInMemory);
  assert.ok(run.turns >= turns);
  assertBounded(run);
});

memory.run();

const server = suite('housekeeping on PostgreSQL', { needs: ['postgres'], deadlineMs: 120_000 });

server('what is left of 1 500 turns is small, in rows and in bytes', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores: [] });
  const { journal, settled } = inVirtualTime(new SqlJournal({ database }));
  try {
    assertBounded(await longRun(journal, 1_500, settled));
    await vacuumed(database);
    const bytes = await tableBytes(database);
    assert.ok(bytes < 3_000_000, `${bytes} bytes after vacuum`);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

server.run();
