/**
 * `why` from outside: a deletion hangs because a voter in another process is stopped, and one command names the voter. The
 * command also reads the rows of processes that have stopped.
 */
import { join } from 'node:path';
import { connect } from '../../../composition/connect.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { type Ended, run, type Started, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: why', { needs: ['postgres', 'rabbitmq'], deadlineMs: 300_000 });
let folder: ConfigFolder;
let running: Started[] = [];

test.before.each(async () => {
  folder = await ConfigFolder.open();
});
test.after.each(async () => {
  for (const command of running) command.signal('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await folder.remove();
});

async function started(args: readonly string[], env = {}): Promise<Started> {
  const command = start(args, env);
  running.push(command);
  await command.printed('ready:');
  return command;
}

function json({ code, stdout, stderr }: Ended) {
  assert.is(code, 0, stderr);
  return JSON.parse(stdout);
}

test('a stopped voter in another process is named by one command, also when the owner has stopped too', async () => {
  const host = await openVirtualHost('why');
  const url = postgresUrl(ownPrefix());
  const env = {
    amqp_url: host.url,
    database_url: url,
    consent: JSON.stringify({ vote_deadline_ms: 600_000 }),
  };
  const command = (...args: readonly string[]) =>
    // No process runs the cards, so their tables are not there.
    run([...args, '--config', 'objects', 'tags', 'mcards'], env);
  const client = await connect(host.url, 'test');
  const request = async (entity: string, action: string, data: Json) =>
    (await client.request(
      { exchange: entity, routingKey: `${entity}_model_crud_consume` },
      { action, data },
    )) as JsonObject;
  try {
    const owner = await started(['start', 'objects_model_crud'], env);
    const voter = await started(['start', 'tags_model_crud'], env);
    const { id = null } = await request('objects', 'create', { attributes: { cn: 'plant' } });
    await request('tags', 'create', { parentId: id, attributes: { cn: 'load' } });
    voter.signal('SIGKILL');
    await voter.ended;
    // The symptom: the deletion has no answer.
    request('objects', 'delete', { id }).catch(() => undefined);
    const database = await openDatabase(url, { stores: [] });
    const journal = new SqlJournal({ database });
    while ((await journal.counts()).asks === 0) await new Promise(setImmediate);
    await database.close();
    owner.signal('SIGKILL');
    const node = await command('why', String(id));
    assert.match(node.stdout, /look at: tags_model_crud\n/);
    assert.match(node.stdout, /tags_model_crud +no answer {2}mayDelete/);
    const [, saga = ''] = /^delete (\S+): asking/m.exec(node.stdout) ?? [];
    const told = json(await command('why', saga, '--json'));
    assert.equal([told.kind, told.state, told.blockers], ['saga', 'asking', ['tags_model_crud']]);
  } finally {
    await client.close();
    const database = await openDatabase(url, { stores: [] });
    await dropSchemas(database);
    await database.close();
    await host.remove();
  }
});

test('an embedded database: beside a running up, and after its end; an id of nothing exits 1', async () => {
  const options = ['--data', join(folder.path, 'data'), '--config', 'objects'];
  const up = await started(['up', '--no-http', ...options]);
  const command = (...args: readonly string[]) => run([...args, ...options]);
  const { id } = json(
    await command('request', 'objects_model_crud', 'create', '{"attributes":{"cn":"mill"}}'),
  );
  const beside = json(await command('why', id, '--json'));
  assert.equal([beside.kind, beside.state, beside.plan.outcome], ['node', 'free', 'agreed']);
  up.signal('SIGTERM');
  await up.ended;
  const after = await command('why', id, '--json');
  assert.equal([json(after).cn, json(after).plan], ['mill', null]);
  assert.match(after.stderr, /warning: objects_model_crud gave no plan/);
  const nothing = await command('why', 'nobody');
  assert.equal([nothing.code, nothing.stdout], [1, '']);
  assert.match(nothing.stderr, /no saga, node, card or actor has the id nobody in the databases/);
});

test.run();
