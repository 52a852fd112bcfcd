/** `machines check` and `dead-letters` over a database that holds something. */
import type { DeadLetter } from '../../../runtime/ports/dead-letter.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { deadLetter, record, turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run, serviceFile } from './command.ts';

const test = suite('cli: what is stored', { needs: ['postgres'], deadlineMs: 120_000 });
const url = postgresUrl(ownPrefix());
const options = ['--config', serviceFile('transactions')];
const command = (...args: readonly string[]) => run([...args, ...options], { database_url: url });

function dead(id: string): DeadLetter {
  return {
    ...deadLetter(id, 1_700_000_000_000),
    service: 'transactions',
    body: Buffer.from('{"action":"x"}').toString('base64'),
  };
}

test('a command that reads dead letters makes no tables', async () => {
  const prefix = ownPrefix();
  const database = await openDatabase(postgresUrl(prefix), { stores: [] });
  const env = { database_url: postgresUrl(prefix) };
  try {
    for (const more of [[], ['--service', 'transactions']]) {
      const listed = await run(['dead-letters', 'list', ...options, ...more], env);
      assert.equal([listed.code, listed.stdout], [0, 'no dead letters\n'], listed.stderr);
    }
    const shown = await run(['dead-letters', 'show', 'd1', ...options], env);
    assert.equal([shown.code, shown.stderr], [1, 'there is no dead letter d1\n']);
    assert.is(await new SqlJournal({ database }).isMade(), false);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test('a fresh database fits; what is stored by code that is gone is named, and exits 1', async () => {
  const database = await openDatabase(url, { stores: [] });
  try {
    const fresh = await command('machines', 'check');
    assert.equal(
      [fresh.code, fresh.stdout],
      [0, 'looked at 0 actors, 0 timers, 0 activities, 0 messages: everything fits\n'],
    );
    const journal = new SqlJournal({ database });
    await journal.open();
    const address = { service: 'transactions', machine: 'transaction', key: 't1' };
    await journal.commit('one', [
      turn({ address, record: { ...record({ tokens: 0, root: null }), machineVersion: 9 } }),
    ]);
    const { code, stdout } = await command('machines', 'check');
    assert.is(code, 1);
    assert.match(
      stdout,
      /^actor transactions\/transaction\/t1: .*version 9.*\nlooked at 1 actors, .*: 1 would not fit\n$/,
    );
    const json = await command('machines', 'check', '--json');
    assert.equal(
      [json.code, JSON.parse(json.stdout).actors, JSON.parse(json.stdout).problems.length],
      [1, 1, 1],
    );

    for (const id of ['d1', 'd2', 'd3']) await journal.addDeadLetter(dead(id));
    const listed = await command('dead-letters', 'list', '--service', 'transactions');
    assert.match(
      listed.stdout,
      /^d3 {2}transactions {2}message {2}2023-11-14T22:13:20\.000Z\n {4}unknown action\nd2 /,
    );
    const shown = await command('dead-letters', 'show', 'd1', '--body');
    assert.equal([shown.code, JSON.parse(shown.stdout).body], [0, '{"action":"x"}']);
    const replayed = await command('dead-letters', 'replay', 'd1', 'unknown');
    assert.equal(
      [replayed.code, replayed.stdout, replayed.stderr],
      [
        1,
        '1 marked: the process that runs the service handles them again\n',
        'there is no dead letter unknown\n',
      ],
    );
    assert.equal(
      (await journal.takeReplays('one', ['transactions'], 0, 9)).map(({ id }) => id),
      ['d1'],
    );
    const dropped = await command('dead-letters', 'drop', '--all', '--service', 'transactions');
    assert.equal(
      [dropped.code, dropped.stdout, (await journal.counts()).deadLetters],
      [0, '3 dropped\n', 0],
    );
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

for (const wrong of [['drop', '--all']]) {
  test(`dead-letters ${wrong.join(' ')} is wrong usage`, async () => {
    assert.is((await command('dead-letters', ...wrong)).code, 2);
  });
}

test.run();
