/**
 * The service of the tutorial beside the package's services, in memory: it refuses a deletion with
 * the name of the open work order, agrees when the order is closed, and archives the order.
 */
import { readFileSync } from 'node:fs';
import { openDeployment, packageServices } from '../../../../deployment.ts';
import { parseExchangeConfig, sections } from '../../../../index.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given } from '../../../../testing.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asObject, id } from '../../actors/consent/sample.ts';
import { maintenance } from './maintenance.ts';
import { order } from './order.ts';

const test = suite('maintenance: a service that says no', { deadlineMs: 60_000 });

const file = `${projectRoot}test/unit/docs/maintenance/maintenance.json`;
const config = parseExchangeConfig(readFileSync(file, 'utf8'), { file, env: {}, sections });

/** Sends requests to the services of a new deployment. */
async function running() {
  const deployment = await openDeployment({
    configs: [config],
    services: [...packageServices('objects'), maintenance],
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  const client = await deployment.client('test');
  const ask = async (service: string, action: string, data: Json): Promise<JsonObject> => {
    const routingKey = service === 'objects' ? 'objects_model_crud_consume' : service;
    return (await client.request(
      { exchange: service, routingKey },
      { action, data },
    )) as JsonObject;
  };
  const stop = async () => {
    await client.close();
    await deployment.stop();
  };
  const object = async (cn: string) => {
    const { id } = await ask('objects', 'create', { attributes: { cn } });
    return String(id);
  };
  return { ask, stop, object, deployment };
}

test('an order that names the object in upper case refuses the deletion as well', async () => {
  const { ask, stop, object } = await running();
  const objectId = await object('pump');
  const upper = objectId.toUpperCase();
  assert.equal(await ask('maintenance', 'open', { id: 'w1', objectId: upper, title: 'oil' }), {});
  const { error } = await ask('objects', 'delete', { id: upper });
  assert.equal((error as JsonObject)['name'], 'refused');
  await stop();
});

test('an open order refuses the deletion; after its end the order is archived with the object', async () => {
  const { ask, stop, object, deployment } = await running();
  const objectId = await object('pump');
  assert.equal(await ask('maintenance', 'open', { id: 'w1', objectId, title: 'oil' }), {});
  const refused = (await ask('objects', 'delete', { id: objectId }))['error'] as JsonObject;
  assert.equal(refused['refusals'], [
    { service: 'maintenance', nodeId: objectId, reason: 'work order w1 is open: oil' },
  ]);
  assert.equal(await ask('maintenance', 'close', { id: 'w1' }), {});
  assert.equal(await ask('objects', 'delete', { id: objectId }), {});
  assert.equal(await ask('maintenance', 'list', { objectId }), {
    data: [{ id: 'w1', objectId, state: 'archived', title: 'oil', version: 3 }],
  });
  const counts = await deployment.counts();
  assert.is(counts['ledger.promises'] ?? 0, 0);
  await stop();
});

test('an order for an object that is deleted is refused with the reason', async () => {
  const { ask, stop, object } = await running();
  const objectId = await object('pump');
  assert.equal(await ask('maintenance', 'open', { id: 'w1', objectId, title: 'oil' }), {});
  await ask('maintenance', 'close', { id: 'w1' });
  await ask('objects', 'delete', { id: objectId });
  assert.equal(await ask('maintenance', 'open', { id: 'w2', objectId, title: 'oil' }), {
    error: { code: 410, name: 'gone', message: `the node ${objectId} is deleted` },
  });
  await stop();
});

test('a plan names the orders that the deletion would touch, and the deletion holds to the plan', async () => {
  const { ask, stop, object } = await running();
  const objectId = await object('pump');
  await ask('maintenance', 'open', { id: 'w1', objectId, title: 'oil' });
  const uncertain = await ask('objects', 'plan', { id: objectId });
  assert.is(uncertain['outcome'], 'refused');
  await ask('maintenance', 'close', { id: 'w1' });
  const plan = await ask('objects', 'plan', { id: objectId });
  assert.is(plan['outcome'], 'agreed');
  const nodes = plan['nodes'] as readonly JsonObject[];
  assert.equal(
    nodes.filter(({ service }) => service === 'maintenance').map(({ id, below }) => [id, below]),
    [['w1', [objectId]]],
  );
  await ask('maintenance', 'open', { id: 'w2', objectId, title: 'filter' });
  await ask('maintenance', 'close', { id: 'w2' });
  const changed = (await ask('objects', 'delete', { id: objectId, if_plan: String(plan['hash']) }))[
    'error'
  ] as JsonObject;
  assert.is(changed['name'], 'plan-changed');
  const again = await ask('objects', 'plan', { id: objectId });
  assert.equal(
    await ask('objects', 'delete', { id: objectId, if_plan: String(again['hash']) }),
    {},
  );
  await stop();
});

test('the machine of the document opens and closes an order around the same write', () => {
  const found = {
    service: 'maintenance',
    known: ['objects'],
    holds: [],
    removed: [],
    leaving: [],
    nodes: [
      {
        entity: 'objects',
        owner: { exchange: 'objects', routingKey: 'k' },
        link: {
          nodeId: id(1),
          entity: null,
          version: 0,
          generation: 0,
          givenUp: 0,
          tombstoned: false,
          promises: [],
        },
      },
    ],
  };
  const $ = { message: { replyTo: caller('q1') } };
  const opened = given(order, {
    input: asObject({ id: 'w1', objectId: id(1), title: 'oil', $ }),
    reads: { 'consent.dependency': () => found },
  });
  const open = opened.answers({ action: 'subscribe' }, { response: 'ok' });
  open.then({
    state: 'open',
    writes: [{ op: 'depend' }, { store: 'work-orders', op: 'add' }],
    replies: [{ to: caller('q1'), body: {} }],
  });
  open.when({ type: 'close' }).then({ state: 'closed' }).thenEnded();
  opened.returns({ action: 'subscribe' }).then({ state: 'closed', writes: [] }).thenEnded();
});

test.run();
