/**
 * Each service of a process as a user of its own under the printed permissions of RabbitMQ, and the
 * attacks of users who may write to every exchange.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { openPlant, type Plant } from './plant.ts';
import { wireAttacks } from './wire-attacks.ts';

const test = suite('a plant with trust on a RabbitMQ node of its own', {
  needs: ['rabbitmq-server'],
  deadlineMs: 180_000,
});

let plant: Plant;
test.before(async () => {
  plant = await openPlant();
});
test.after(() => plant.stop());

async function created(entity: string, data: JsonObject = {}) {
  const { id } = await plant.request('api', entity, 'create', data);
  assert.is(typeof id, 'string');
  return String(id);
}

test('a question names the user of its own service', async () => {
  const object = await created('objects');
  const archive = await plant.connect('archive');
  const queue = 'own.archive.questions';
  const passing = { durable: false, exclusive: true, autoDelete: true, declare: true };
  const binding = { exchange: 'objects', queue, routingKey: 'archive', arguments: {} };
  await archive.open({
    exchanges: [],
    queues: [{ name: queue, ...passing, arguments: {} }],
    bindings: [binding],
  });
  const heard = new Promise<string | undefined>((resolve) => {
    void archive.consume(queue, { prefetch: 0 }, async ({ properties }) => {
      resolve(properties.userId);
      return 'done';
    });
  });
  const data = { service: 'archive', routing_key: 'archive', subscribe_to_id: [object] };
  const subscribed = await plant.request('archive', 'objects', 'subscribe', data);
  assert.is(subscribed['response'], 'ok');
  const deletion = plant.request('api', 'objects', 'delete', { id: object });
  assert.is(await heard, plant.userOf('objects_model_crud'));
  assert.ok((await deletion)['error'], 'archive is silent, so the object stays');
});

test('a deletion goes through services of different users, and each vote counts', async () => {
  const object = await created('objects');
  const tag = await created('tags', { parentId: object });
  assert.equal(await plant.request('api', 'objects', 'delete', { id: object }), {});
  const { data } = await plant.request('api', 'tags', 'read', { id: tag });
  assert.equal(data, []);
});

test('a client of the process reaches every service, as the user of that service', async () => {
  const client = await plant.deployment.client('http');
  const read = { action: 'read', data: { scope: 0 } };
  try {
    const to = { exchange: 'objects', routingKey: 'objects_api_crud_consume' };
    const answer = await client.request(to, read);
    assert.ok(Array.isArray((answer as { data?: unknown }).data), JSON.stringify(answer));
  } finally {
    await client.close();
  }
});

test('the printed commands give the permissions of the printed definitions', async () => {
  const { printed, given } = await plant.givenByCommands();
  assert.equal(given, printed);
});

wireAttacks(test, () => plant);

test.run();
