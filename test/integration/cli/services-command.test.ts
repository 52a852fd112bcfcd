/** `services`: over a database with several processes, and beside a running `up`. */
import { join } from 'node:path';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { message, turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run, serviceFile, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: services', { needs: ['postgres'], deadlineMs: 120_000 });
const address = { service: 'transactions', machine: 'transaction', key: 't1' };
const machines = [{ machine: 'transaction', writes: 1, reads: 2 }];

function stateAt(place: string, startedAtMs: number, oldestAtMs: number | null) {
  const messages = oldestAtMs === null ? 0 : 3;
  const taken = [{ service: 'transactions', messages, oldestAtMs }];
  return { place, startedAtMs, leaseMs: 5_000, prefetch: 256, taken };
}

test('each process of a database is told: alive or silent, its versions, what it has handed over, its lag', async () => {
  const url = postgresUrl(ownPrefix());
  const database = await openDatabase(url, { stores: [] });
  const command = (...args: readonly string[]) =>
    run([...args, '--config', serviceFile('transactions'), serviceFile('mcards')], {
      database_url: url,
    });
  try {
    const journal = new SqlJournal({ database });
    await journal.open();
    const databaseMs = await journal.beat('clock', 0);
    await journal.leave('clock');
    // One heartbeat in the future, so that the process lives however long the test takes.
    const laterMs = databaseMs + 3_600_000;
    await journal.beat('new', laterMs, stateAt('web-2/12', laterMs, laterMs - 4_000));
    await journal.beat('old', databaseMs - 60_000, stateAt('web-1/7', 0, null));
    await journal.announce('new', [{ service: 'transactions', machines, yielded: false }]);
    await journal.announce('old', [{ service: 'mcards', machines: [], yielded: true }]);
    await journal.commit('new', [turn({ address, outbox: [message('o1', address)] })]);
    await journal.commit('ended', [
      turn({ address, expectedVersion: 1, outbox: [message('o2', address)] }),
    ]);
    const json = await command('services', '--json');
    const { processes, notRunning, abandoned } = JSON.parse(json.stdout);
    assert.equal(
      processes.map(({ place, state, prefetch }: Record<string, unknown>) => [
        place,
        state,
        prefetch,
      ]),
      [
        ['web-2/12', 'alive', 256],
        ['web-1/7', 'silent', 256],
      ],
    );
    const [{ services }, old] = processes;
    assert.equal(services[0].machines, machines);
    assert.equal([services[0].taken.messages, services[0].outbox.messages], [3, 1]);
    assert.is(services[0].handedOver, false);
    assert.ok(old.quietMs >= 60_000);
    assert.is(old.services[0].handedOver, true);
    assert.equal(notRunning, ['mcards']);
    assert.equal(abandoned, [{ service: 'transactions', messages: 1, oldestMs: null }]);
    const told = (await command('services')).stdout;
    assert.match(told, /^web-2\/12 {2}since .*, heartbeat 0 s ago, prefetch 256$/m);
    assert.match(told, /^ {2}transactions {2}taken 3, the oldest for 4 s; to publish 1$/m);
    assert.match(told, /^ {4}transaction v1 \(reads v2\)$/m);
    assert.match(told, /^web-1\/7 {2}since 1970.*SILENT: dead, or without its database$/m);
    assert.match(told, /^ {2}mcards {2}handed over to a process with newer code {2}taken 0/m);
    assert.match(told, /^no process works for mcards$/m);
    assert.match(told, /^messages of transactions left by an ended process: 1$/m);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test('beside a running up: its own process; after its end: none', async () => {
  const folder = await ConfigFolder.open();
  const options = ['--data', join(folder.path, 'data'), '--config', serviceFile('transactions')];
  const up = start(['up', '--no-http', ...options]);
  try {
    await up.printed('ready:');
    const { processes, notRunning } = JSON.parse(
      (await run(['services', '--json', ...options])).stdout,
    );
    assert.equal([processes.length, notRunning], [1, []]);
    const [{ place, state, services }] = processes;
    assert.ok(String(place).endsWith(`/${up.pid}`), `${place} names the process ${up.pid}`);
    assert.is(state, 'alive');
    assert.equal(
      services.map(({ service, taken }: Record<string, unknown>) => [service, taken]),
      [['transactions', { messages: 0, oldestMs: null }]],
    );
    up.signal('SIGTERM');
    await up.ended;
    const after = await run(['services', ...options]);
    assert.equal(
      [after.code, after.stdout],
      [0, 'no process lives\nno process works for transactions\n'],
    );
  } finally {
    up.signal('SIGKILL');
    await up.ended;
    await folder.remove();
  }
});

test.run();
