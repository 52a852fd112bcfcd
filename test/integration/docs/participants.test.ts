/**
 * The commands of docs/participants.md: the maintenance service beside services of the package, in
 * one process without a server, and as processes over RabbitMQ and PostgreSQL.
 */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { type Ended, run, type Started, start } from '../cli/command.ts';
import { ConfigFolder } from '../cli/config-folder.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';

const test = suite('documents: participants', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 300_000,
});

// The module beside this file: TypeScript, or what it was compiled to.
const name = `../../unit/docs/maintenance/maintenance${extname(import.meta.url)}`;
const module = ['--module', fileURLToPath(new URL(name, import.meta.url))];
let data: ConfigFolder;
let running: Started[] = [];

test.before.each(async () => {
  data = await ConfigFolder.open();
});
test.after.each(async () => {
  for (const one of running) one.signal('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await data.remove();
});

type Command = (...args: readonly string[]) => Promise<Ended>;

/** The story of the document: refused by the name of the order, closed, deleted, archived. */
async function story(command: Command): Promise<void> {
  const request = async (service: string, action: string, body: JsonObject) => {
    const { stdout, stderr } = await command('request', service, action, JSON.stringify(body));
    assert.ok(stdout !== '', stderr);
    return JSON.parse(stdout) as JsonObject;
  };
  const { id } = await request('objects_model_crud', 'create', { attributes: { cn: 'pump' } });
  const objectId = String(id);
  assert.equal(await request('maintenance', 'open', { id: 'w1', objectId, title: 'oil' }), {});
  const { error } = await request('objects_model_crud', 'delete', { id: objectId });
  assert.equal((error as JsonObject)['refusals'], [
    { service: 'maintenance', nodeId: objectId, reason: 'work order w1 is open: oil' },
  ]);
  assert.equal(await request('maintenance', 'close', { id: 'w1' }), {});
  assert.equal(await request('objects_model_crud', 'delete', { id: objectId }), {});
  assert.equal(await request('maintenance', 'list', { objectId }), {
    data: [{ id: 'w1', objectId, state: 'archived', title: 'oil', version: 3 }],
  });
}

test('up runs the service beside those of the package, without a server', async () => {
  const where = ['--data', join(data.path, 'data')];
  const up = start(['up', ...where, ...module, '--config', 'objects', 'tags']);
  running = [up];
  await up.printed('ready:');
  await story((...args) => run([...args, ...where]));
});

test('start runs the service as a process of its own over RabbitMQ and PostgreSQL', async () => {
  const host = await openVirtualHost('participants');
  const database = postgresUrl(ownPrefix());
  const env = { amqp_url: host.url, database_url: database };
  running = [start(['start', 'objects_model_crud'], env), start(['start', ...module], env)];
  await Promise.all(running.map((one) => one.printed('ready:')));
  const where = ['--data', join(data.path, 'none'), ...module];
  await story((...args) => run([...args, ...where], env));
  for (const one of running) one.signal('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await host.remove();
  const opened = await openDatabase(database, { stores: [] });
  await dropSchemas(opened);
  await opened.close();
});

test.run();
