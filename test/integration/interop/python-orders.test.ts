/**
 * A voter in Python on RabbitMQ (`aio_pika_orders.py`), written from `docs/wire.md`: an open work order keeps its node, and closed
 * orders go with the node. A killed voter begins again over its database file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DeletionPlan } from '../../../actors/consent/plan-schema.ts';
import type { Client } from '../../../runtime/client.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { systemPython } from '../../support/programs.ts';
import { assert, suite } from '../../support/suite.ts';
import { Deployed } from './deployed.ts';

const test = suite('a voter in Python', {
  needs: ['rabbitmq', 'rabbitmqctl', 'python3-aio-pika'],
  deadlineMs: 60_000,
});
const script = fileURLToPath(new URL('./aio_pika_orders.py', import.meta.url));
const name = 'maintenance';

let world: Deployed;
let client: Client;
let folder: string;
let voter: ChildProcess;

test.before(async () => {
  world = await Deployed.open();
  client = await world.start('objects_model_crud');
  folder = await mkdtemp(join(tmpdir(), 'unanimous-orders-'));
});
test.after(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});
test.before.each(() => startVoter());
test.after.each(() => killVoter());

/** Resolves when the voter consumes. */
async function startVoter(): Promise<void> {
  const database = join(folder, 'orders.db');
  const place = ['objects', 'objects_model_crud_consume', name];
  voter = spawn(systemPython, [script, world.host.url, database, ...place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: voter.stdout as NodeJS.ReadableStream });
  const ended = once(voter, 'exit').then(() => Promise.reject(new Error('the voter has ended')));
  await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => undefined);
}

async function killVoter(): Promise<void> {
  const ended = once(voter, 'exit');
  voter.kill('SIGKILL');
  await ended;
}

async function ask(routingKey: string, action: string, data: Json): Promise<JsonObject> {
  const to = { exchange: 'objects', routingKey };
  return (await client.request(to, { action, data }, { timeoutMs: 50_000 })) as JsonObject;
}
function owner(action: string, data: Json): Promise<JsonObject> {
  return ask('objects_model_crud_consume', action, data);
}
async function plant(): Promise<string> {
  return String((await owner('create', {}))['id']);
}
function refusalsOf(answer: JsonObject): Json {
  return (answer['error'] as JsonObject)['refusals'] as Json;
}

test('it has at most 60 lines besides empty ones', async () => {
  const lines = (await readFile(script, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  assert.ok(lines.length <= 60, `${lines.length} lines`);
});

test('it says no while its order is open, also after a restart, and yes afterwards; its orders go with the node', async () => {
  const [node, other] = [await plant(), await plant()];
  assert.equal(await ask(name, 'create', { order: 'WO-1', node }), { id: 'WO-1' });
  const refusal = { service: name, nodeId: node, reason: 'work order WO-1 is open' };
  const plan = (await owner('plan', { id: node })) as unknown as DeletionPlan;
  assert.equal([plan.outcome, plan.votes[0]?.reason], ['refused', refusal.reason]);
  assert.equal(refusalsOf(await owner('delete', { id: node })), [refusal]);

  await killVoter();
  await startVoter();
  assert.equal(refusalsOf(await owner('delete', { id: node })), [refusal]);

  await ask(name, 'close', { order: 'WO-1' });
  assert.equal(await owner('delete', { id: node }), {});
  const { data } = await owner('read', { id: node });
  assert.equal(data, []);

  const late = await ask(name, 'create', { order: 'WO-2', node });
  assert.equal(late, { error: `${node} is going or gone` });
  // The id of an order is free again only when its row is gone.
  await ask(name, 'create', { order: 'WO-1', node: other });
  assert.equal(refusalsOf(await owner('delete', { id: other })), [{ ...refusal, nodeId: other }]);
});

test('a question while it is down is answered when it is back', async () => {
  const node = await plant();
  await ask(name, 'create', { order: 'WO-3', node });
  await ask(name, 'close', { order: 'WO-3' });
  await killVoter();
  const deletion = owner('delete', { id: node });
  await startVoter();
  assert.equal(await deletion, {});
});

test('the end of a vote that somebody else refuses releases its promise', async () => {
  const [one, two] = [await plant(), await plant()];
  await ask(name, 'create', { order: 'WO-4', node: one });
  await ask(name, 'create', { order: 'WO-5', node: two });
  await ask(name, 'close', { order: 'WO-4' });
  const answer = await owner('delete', { id: [one, two] });
  assert.equal(refusalsOf(answer), [
    { service: name, nodeId: two, reason: 'work order WO-5 is open' },
  ]);
  assert.equal(await ask(name, 'create', { order: 'WO-6', node: one }), { id: 'WO-6' });
});

test.run();
