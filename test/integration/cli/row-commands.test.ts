/** `actors`, `timers`, `outbox` and `machines list` over a database that holds an actor. */
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { record, turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run, serviceFile } from './command.ts';

const test = suite('cli: rows', { needs: ['postgres'], deadlineMs: 120_000 });
const url = postgresUrl(ownPrefix());
const options = ['--config', serviceFile('transactions')];
const command = (...args: readonly string[]) => run([...args, ...options], { database_url: url });

test('what is stored is listed with its address; what is not there is refused by name', async () => {
  const database = await openDatabase(url, { stores: [] });
  try {
    const journal = new SqlJournal({ database });
    await journal.open();
    const address = { service: 'transactions', machine: 'transaction', key: 'a/1' };
    const root = { value: { open: 'asking' }, context: { token: 'secret', sum: 3 } };
    const stored = { ...record({ tokens: 0, root }), machineVersion: 9 };
    const dueAtMs = Date.UTC(2026, 5, 1);
    await journal.commit('one', [
      turn({ address, record: stored, timers: [{ address, token: 't', dueAtMs }] }),
    ]);
    const [actors, shown, absent, machines, timers, outbox, strange] = await Promise.all([
      command('actors', 'list'),
      command('actors', 'show', 'transactions/transaction/a/1', '--json'),
      command('actors', 'show', 'transactions/transaction/t2'),
      command('machines', 'list'),
      command('timers', 'list'),
      command('outbox', 'list', '--json'),
      command('timers', 'list', '--service', 'nobody'),
    ]);
    assert.is(actors.stdout, 'transactions/transaction/a/1  v9  open.asking\n');
    const { version, states, timers: due, context } = JSON.parse(shown.stdout);
    assert.equal([version, states, due], [9, 'open.asking', [dueAtMs]]);
    assert.is(context.sum, 3);
    assert.ok(context.token !== 'secret');
    assert.equal(
      [absent.code, absent.stderr.includes('no journal has an actor transactions/transaction/t2')],
      [1, true],
    );
    assert.match(machines.stdout, /^transactions\/transaction {2}1 in v9$/m);
    assert.is(timers.stdout, '2026-06-01T00:00:00.000Z  transactions/transaction/a/1\n');
    assert.is(outbox.stdout, '[]\n');
    assert.match(strange.stderr, /no config or --module is the one of service 'nobody'/);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test.run();
