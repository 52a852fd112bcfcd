/** `dead-letters edit`: over a database, and in a running `up` that handles the copy. */
import { join } from 'node:path';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { deadLetter } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { type Ended, run, serviceFile, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: dead-letters edit', { needs: ['postgres'], deadlineMs: 300_000 });

function idOf({ code, stdout, stderr }: Ended): string {
  assert.is(code, 0, stderr);
  return stdout.split(' ')[0] ?? '';
}

test('the copy has another body or other headers and names the dead letter, which stays', async () => {
  const url = postgresUrl(ownPrefix());
  const database = await openDatabase(url, { stores: [] });
  const command = (args: readonly string[], env = {}, input?: string) =>
    run(
      ['dead-letters', ...args, '--config', serviceFile('transactions')],
      { database_url: url, ...env },
      input,
    );
  try {
    const journal = new SqlJournal({ database });
    await journal.open();
    const add = (id: string, body: Uint8Array | string) =>
      journal.addDeadLetter({
        ...deadLetter(id, 1_700_000_000_000),
        service: 'transactions',
        properties: {
          persistent: true,
          messageId: `m-${id}`,
          correlationId: 'c',
          headers: { h: 1 },
        },
        body: Buffer.from(body).toString('base64'),
      });
    await add('d1', '{"action":"creat"}');
    await add('d2', Uint8Array.of(0xff));
    const [set, body, editor] = await Promise.all([
      command(['edit', 'd1', '--set', '/body/action="create"', '--set', '/headers/h=2']),
      command(['edit', 'd1', '--body', '-', '--replay'], {}, '{"action":"other"}'),
      command(['edit', 'd1'], { EDITOR: 'sed -i s/creat/made/' }),
    ]);
    for (const [ended, text, headers] of [
      [set, '{"action":"create"}', { h: 2 }],
      [body, '{"action":"other"}', { h: 1 }],
      [editor, '{"action":"made"}', { h: 1 }],
    ] as const) {
      const id = idOf(ended);
      const stored = await journal.deadLetter(id);
      assert.is(Buffer.from(stored?.body ?? '', 'base64').toString(), text);
      assert.equal(stored?.properties, {
        ...{ persistent: true, messageId: id, correlationId: 'c' },
        headers: { ...headers, 'dead-letter-edit-of': 'd1' },
      });
    }
    assert.equal(
      (await journal.takeReplays('one', ['transactions'], 0, 9)).map(({ id }) => id),
      [idOf(body)],
    );
    const [listed, bytes, unknown, nothing, noEditor] = await Promise.all([
      command(['list']),
      command(['edit', 'd2', '--set', '/body=1']),
      command(['edit', 'nobody', '--set', '/body=1']),
      command(['edit', 'd1'], { EDITOR: 'true' }),
      command(['edit', 'd1'], { EDITOR: '', VISUAL: '' }),
    ]);
    assert.is(listed.stdout.match(/ {2}edit of d1\n/g)?.length, 3);
    assert.match(listed.stdout, /^d1 {2}transactions/m);
    assert.equal([bytes.code, bytes.stdout], [1, '']);
    assert.match(bytes.stderr, /1 bytes that are no UTF-8 text.*dead-letters drop/);
    assert.equal([unknown.code, unknown.stderr], [1, 'there is no dead letter nobody\n']);
    assert.is(nothing.stdout, 'nothing is changed, so d1 stays alone\n');
    assert.is(noEditor.code, 2);
    assert.is((await journal.counts()).deadLetters, 5);
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test('a running up handles the copy; the dead letter that was edited stays', async () => {
  const folder = await ConfigFolder.open();
  const options = ['--data', join(folder.path, 'data'), '--config', 'objects'];
  const command = (...args: readonly string[]) => run([...args, ...options]);
  const deadLetters = async (): Promise<readonly { readonly id: string }[]> =>
    JSON.parse((await command('dead-letters', 'list', '--json')).stdout);
  const up = start(['up', '--no-http', ...options]);
  try {
    await up.printed('ready:');
    const wrong = JSON.stringify({ attributes: { cn: 7 } });
    await command('send', 'objects_model_crud', 'creat', wrong);
    let found = await deadLetters();
    while (found.length === 0) found = await deadLetters();
    const id = found[0]?.id ?? '';
    const sets = ['--set', '/body/action="create"', '--set', '/body/data/attributes/cn="mill"'];
    const copy = idOf(await command('dead-letters', 'edit', id, ...sets, '--replay'));
    let left = await deadLetters();
    while (left.some((each) => each.id === copy)) left = await deadLetters();
    assert.equal(
      left.map((each) => each.id),
      [id],
    );
    const filter = JSON.stringify({ filter: { cn: ['mill'] } });
    const { stdout } = await command('request', 'objects_model_crud', 'read', filter);
    assert.match(stdout, /"mill"/);
  } finally {
    up.signal('SIGKILL');
    await up.ended;
    await folder.remove();
  }
});

test.run();
