/**
 * The machines of `docs/services.md` (an order with an activity and a time-out, a parent with
 * children) are killed at failpoints and at random moments, and started again. Then every order has
 * one receipt, the time-out has fired, the children have finished.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { type Run, runMain, writePrograms } from './shop-programs.ts';

const rounds = proofSize('shop-kills');
const chance = seededChance(seed());
let folder = '';

async function openFolder(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'unanimous-docs-'));
  await writePrograms(folder);
}

/** What the last run has printed. */
function expectAnswers({ ended, lines, output }: Run): readonly string[] {
  assert.ok(ended, output);
  const [first, second, third, fourth] = lines.map((line) => JSON.parse(line) as JsonObject);
  assert.match(String(first?.['receipt']), /^12 charged under orders\/order\/order-1/, output);
  assert.match(String(second?.['receipt']), /^40 charged under orders\/order\/order-2/, output);
  assert.equal(third, { error: 'the payment took too long' }, output);
  assert.match(String(fourth?.['flight']), /^flight reserved under trips\/trip\/trip-1/, output);
  assert.match(String(fourth?.['hotel']), /^hotel reserved under trips\/trip\/trip-1/, output);
  return [String(first?.['receipt']), String(second?.['receipt'])];
}

async function expectStored(
  url: string,
  [first, second]: readonly string[],
  afterwards: 'drop' | 'keep',
): Promise<void> {
  const database = await openDatabase(url, { stores: [] });
  const journal = new SqlJournal({ database });
  const linesOf = async (topic: string): Promise<readonly Json[]> =>
    (await journal.history(topic)).map(({ line }) => line);
  const receipts = [...(await linesOf('receipts'))].sort((one, other) =>
    JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
  );
  assert.equal(receipts, [
    { order: 'order-1', receipt: first },
    { order: 'order-2', receipt: second },
  ]);
  assert.equal(await linesOf('trips'), [{ trip: 'trip-1' }]);
  const { actors, outbox, timers, activities } = await journal.counts();
  assert.equal(
    { actors, outbox, timers, activities },
    { actors: 4, outbox: 0, timers: 0, activities: 0 },
  );
  if (afterwards === 'drop') await dropSchemas(database);
  await database.close();
}

/** Killed at a failpoint, killed at a moment, and then left alone. */
async function playRound(
  url: string,
  reached: number,
  durationMs: number,
  afterwards: 'drop' | 'keep',
): Promise<void> {
  const failpoint = 1 + Math.floor(chance() * reached);
  const afterMs = durationMs * (0.3 + 0.7 * chance());
  await runMain(folder, url, { failpoint });
  await runMain(folder, url, { afterMs });
  await expectStored(url, expectAnswers(await runMain(folder, url)), afterwards);
}

const server = suite('programs of the documents: killed on PostgreSQL', {
  needs: ['postgres'],
  deadlineMs: 400_000,
});
server.before(openFolder);
server.after(() => rm(folder, { recursive: true, force: true }));

server(
  `${2 * rounds} kills: one receipt for each order, the time-out fires, the children finish`,
  async () => {
    const url = postgresUrl(ownPrefix());
    const undisturbed = await runMain(folder, url);
    await expectStored(url, expectAnswers(undisturbed), 'drop');
    assert.ok(undisturbed.reached > 20, `${undisturbed.reached} failpoints`);
    const urls = Array.from({ length: rounds }, () => postgresUrl(ownPrefix()));
    await Promise.all(
      urls.map((each) => playRound(each, undisturbed.reached, undisturbed.durationMs, 'drop')),
    );
  },
);

server.run();

const embedded = suite('programs of the documents: killed on PGlite', { deadlineMs: 180_000 });
embedded.before(openFolder);
embedded.after(() => rm(folder, { recursive: true, force: true }));

embedded('killed in a folder of its own, it ends the same', async () => {
  const url = `pglite://${join(folder, 'shop-data')}`;
  const failpoint = 1 + Math.floor(chance() * 30);
  await runMain(folder, url, { failpoint });
  await expectStored(url, expectAnswers(await runMain(folder, url)), 'keep');
});

embedded.run();
