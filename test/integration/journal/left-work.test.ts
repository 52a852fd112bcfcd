import { systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { activity, actor, ask, facts, message, turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';
import { leftWork } from './left-work.ts';

const test = suite('work that is left in a database', { needs: ['postgres'] });

test('each table that is not empty is named, with who holds its rows, and for how long', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores: [] });
  const journal = new SqlJournal({ database });
  await journal.open();
  assert.equal(await leftWork(database), []);
  const ids = systemIds(systemClock);
  await journal.beat('one', systemClock.now());
  await journal.commit('one', [turn({ outbox: [message(ids.next()), message(ids.next())] })]);
  const packed = turn({ address: actor('a'), outbox: facts(100), asks: [ask('q')] });
  await journal.commit('two', [packed]);
  await journal.commit('two', [turn({ address: actor('b'), activities: [activity('t')] })]);
  const [outbox, packs, activities, asks] = await leftWork(database);
  assert.match(
    outbox ?? '',
    /^journal\.outbox: 2 rows; 2 of 'one' with a heartbeat \d+ ms ago: the oldest written \d+ ms ago, objects\//,
  );
  assert.match(packs ?? '', /^journal\.outbox_packs: 1 rows; 1 of 'two' without a lease: /);
  assert.match(activities ?? '', /^journal\.activities: 1 rows; 1 of 'two' .* up to \d+ attempts/);
  assert.is(asks, 'journal.asks: 1 rows');
  await dropSchemas(database);
  await journal.close();
});

test.run();
