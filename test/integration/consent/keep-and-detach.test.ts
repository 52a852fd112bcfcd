/**
 * Config keys without code on the real services over memory: nodes that are kept (`keep_while`), and references that are taken
 * out (`on_delete: "detach"`).
 */
import { type DeletionPlan, DeletionPlanSchema } from '../../../actors/consent/plan-schema.ts';
import { sagaRecord } from '../../../actors/consent/saga-record.ts';
import { checkSchema } from '../../../runtime/messages/validation.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { ConfigChange, Entity } from './entity-configs.ts';
import type { Peer } from './peer.ts';

const test = suite('kept nodes and detached references', { deadlineMs: 90_000 });
const ok = { response: 'ok' };
const open = { properties: { status: { const: 'open' } }, required: ['status'] };

function withHierarchy(more: JsonObject): ConfigChange {
  return (config) => ({
    ...config,
    hierarchy: { ...(config['hierarchy'] as JsonObject), ...more },
  });
}

let world: ConsentWorld;
let plant: string;
let mill: string;
let tag: string;
let pi: string;
let e: string;
test.before.each(async () => {
  world = new ConsentWorld({
    objects_model_crud: withHierarchy({ keep_while: open, keep_because: 'the site is at work' }),
    tags_model_crud: withHierarchy({ keep_while: open }),
    methods_model_crud: withHierarchy({
      references: { prsConstantId: { entity: 'constants', on_delete: 'detach' } },
    }),
  });
  await world.open();
  plant = await world.create('objects', { attributes: { cn: 'plant' } });
  mill = await world.create('objects', { parentId: plant, attributes: { cn: 'mill' } });
  tag = await world.create('tags', { parentId: mill, attributes: { cn: 'tag' } });
  pi = await world.create('constants', { attributes: { cn: 'pi' } });
  e = await world.create('constants', { attributes: { cn: 'e' } });
});
test.after.each(async () => {
  await world.close();
});

async function voter(exchange: Entity, nodeId: string): Promise<Peer> {
  const peer = await world.peer({ service: `voter of ${exchange}`, exchange });
  await peer.subscribe(nodeId);
  peer.always('deleting', ok);
  peer.always('updating', ok);
  return peer;
}
async function becomes(entity: Entity, id: string, status: string): Promise<void> {
  assert.equal(await world.call(entity, 'update', { id, attributes: { status } }), {});
}
function errorOf(answer: JsonObject): JsonObject {
  return (answer['error'] ?? {}) as JsonObject;
}
async function planOf(entity: Entity, id: string): Promise<DeletionPlan> {
  const plan = await world.call(entity, 'plan', { id });
  checkSchema(DeletionPlanSchema, plan, '');
  return plan as unknown as DeletionPlan;
}
async function attributesOf(id: string): Promise<JsonObject> {
  const [node] = await world.read('search', { id });
  return (node?.attributes ?? {}) as JsonObject;
}
async function nothingLeft(...more: readonly string[]): Promise<void> {
  assert.equal(await world.traces(plant, mill, tag, pi, e, ...more), []);
}

test('the owner refuses the deletion of a kept node before it asks anybody, with node and reason', async () => {
  await becomes('objects', mill, 'open');
  const peer = await voter('objects', mill);
  const error = errorOf(await world.call('objects', 'delete', { id: mill }));
  const reason = `mill (${mill}): the site is at work`;
  assert.equal([error['code'], error['name']], [409, 'refused']);
  assert.equal(error['refusals'], [{ service: 'objects_model_crud', nodeId: mill, reason }]);
  assert.match(String(error['message']), reason);
  assert.equal(peer.received, []);
  await nothingLeft();
});

test('a kept node below forbids the deletion of the nodes above', async () => {
  await becomes('objects', mill, 'open');
  const error = errorOf(await world.call('objects', 'delete', { id: plant }));
  const [refusal] = error['refusals'] as JsonObject[];
  assert.equal([error['code'], refusal?.['nodeId']], [409, mill]);
  assert.is(await world.exists(plant), true);
  await nothingLeft();
});

test('a voter says no while one of its nodes is kept, and yes afterwards', async () => {
  await becomes('tags', tag, 'open');
  const error = errorOf(await world.call('objects', 'delete', { id: plant }));
  const reason = `tag (${tag}) is kept while status is "open"`;
  assert.equal(error['refusals'], [{ service: 'tags_model_crud', nodeId: mill, reason }]);
  await becomes('tags', tag, 'closed');
  assert.equal(await world.call('objects', 'delete', { id: plant }), {});
  assert.equal([await world.exists(plant), await world.exists(tag)], [false, false]);
  await nothingLeft();
});

test('a plan says no for the owner and for the voter', async () => {
  await becomes('objects', mill, 'open');
  await becomes('tags', tag, 'open');
  const { outcome, votes } = await planOf('objects', plant);
  assert.is(outcome, 'refused');
  assert.equal(
    votes.map(({ voter: name, nodeId, vote, reason }) => [name, nodeId, vote, reason]),
    [
      ['objects_model_crud', mill, 'no', `mill (${mill}): the site is at work`],
      ['tags_model_crud', mill, 'no', `tag (${tag}) is kept while status is "open"`],
    ],
  );
  await nothingLeft();
});

test('once the nodes are frozen no update makes one of them match', async () => {
  const peer = await voter('tags', tag);
  const deletion = world.ask('objects', 'delete', { id: plant });
  const question = await peer.next('mayDelete');
  for (const [entity, id] of [
    ['objects', mill],
    ['tags', tag],
  ] as const) {
    const late = await world.call(entity, 'update', { id, attributes: { status: 'open' } });
    assert.is(errorOf(late)['name'], 'frozen');
  }
  await peer.answer(question, ok);
  assert.equal(await world.until(deletion), {});
  assert.is(await world.exists(tag), false);
  await nothingLeft();
});

test('after the promise too: the voter has agreed, the owner still asks', async () => {
  const peer = await voter('objects', plant);
  const deletion = world.ask('objects', 'delete', { id: plant });
  const question = await peer.next('mayDelete');
  await world.eventually(async () =>
    (await world.history()).some(({ line }) => line['what'] === 'promised'),
  );
  const late = await world.call('tags', 'update', { id: tag, attributes: { status: 'open' } });
  assert.is(errorOf(late)['name'], 'frozen');
  await peer.answer(question, { response: 'no', message: 'not today' });
  assert.is(errorOf(await world.until(deletion))['code'], 409);
  await becomes('tags', tag, 'open');
  assert.is(errorOf(await world.call('objects', 'delete', { id: plant }))['code'], 409);
  await nothingLeft();
});

test('an update under way excludes the deletion, and its result counts', async () => {
  const peer = await voter('objects', mill);
  const update = world.ask('objects', 'update', { id: mill, attributes: { status: 'open' } });
  const question = await peer.next('mayUpdate');
  const early = errorOf(await world.call('objects', 'delete', { id: mill }));
  assert.is(early['name'], 'frozen');
  await peer.answer(question, ok);
  assert.equal(await world.until(update), {});
  const retry = { id: mill, retry_of: String(early['saga']) };
  const error = errorOf(await world.call('objects', 'delete', retry));
  assert.match(JSON.stringify(error), 'the site is at work');
  await nothingLeft();
});

async function methodWith(...constants: readonly string[]): Promise<string> {
  const attributes = { cn: 'm', description: 'stays', prsConstantId: [...constants] };
  return world.create('methods', { parentId: tag, attributes });
}

test('a list loses one id and the node stays; its update is announced; the last id goes with the attribute', async () => {
  const method = await methodWith(pi, e);
  const listener = await world.peer({ service: 'listener', exchange: 'methods', keys: [method] });
  const versionOf = async () =>
    (await world.read('roster', { nodeIds: [method] })).nodes[0]?.version ?? 0;
  const before = await versionOf();
  assert.equal(await world.call('constants', 'delete', { id: pi }), {});
  assert.equal((await attributesOf(method))['prsConstantId'], [e]);
  assert.is(await versionOf(), before + 1);
  assert.equal((await listener.next('updated')).data, { id: method });
  assert.equal(await world.call('constants', 'delete', { id: e }), {});
  const { prsConstantId, description } = await attributesOf(method);
  assert.equal([prsConstantId, description], [undefined, ['stays']]);
  assert.equal((await listener.next('updated')).data, { id: method });
  await nothingLeft(method);
});

test('a deletion of several nodes takes all of their references out', async () => {
  const [one, other] = [await methodWith(pi, e), await methodAt('other', e)];
  assert.equal(await world.call('constants', 'delete', { id: [pi, e] }), {});
  assert.equal(
    [(await attributesOf(one))['prsConstantId'], (await attributesOf(other))['prsConstantId']],
    [undefined, undefined],
  );
  await nothingLeft(one, other);
});

async function methodAt(cn: string, ...constants: readonly string[]): Promise<string> {
  const attributes = { cn, prsConstantId: [...constants] };
  return world.create('methods', { parentId: tag, attributes });
}

test('the plan and the record name the reference', async () => {
  const method = await methodWith(pi);
  const { outcome, nodes, detached } = await planOf('constants', pi);
  const reference = {
    service: 'methods_model_crud',
    id: method,
    cn: 'm',
    attribute: 'prsConstantId',
    referredId: pi,
  };
  assert.equal([outcome, nodes.length], ['agreed', 1]);
  assert.equal(detached, [{ ...reference, objectClass: 'prsMethod' }]);
  await world.call('constants', 'delete', { id: pi });
  const saga = world.lines.find(({ line }) => line['what'] === 'detached')?.topic ?? '';
  const record = sagaRecord(saga, await world.history());
  assert.equal(
    record?.detached.map(({ atMs: _atMs, ...rest }) => rest),
    [reference],
  );
});

test('a deletion that is made only as planned takes the planned references out, by hash or whole plan', async () => {
  for (const [constant, whole] of [
    [pi, false],
    [e, true],
  ] as const) {
    const method = await methodWith(constant);
    const plan = await planOf('constants', constant);
    assert.is(plan.detached.length, 1);
    const ifPlan = whole ? (plan as unknown as JsonObject) : plan.hash;
    assert.equal(await world.call('constants', 'delete', { id: constant, if_plan: ifPlan }), {});
    assert.is((await attributesOf(method))['prsConstantId'], undefined);
    assert.equal(await world.call('methods', 'delete', { id: method }), {});
  }
  await nothingLeft();
});

test('a deletion that is called off takes nothing out', async () => {
  const method = await methodWith(pi);
  const peer = await voter('constants', pi);
  peer.always('mayDelete', { response: 'no', message: 'it is needed' });
  assert.is(errorOf(await world.call('constants', 'delete', { id: pi }))['code'], 409);
  assert.equal((await attributesOf(method))['prsConstantId'], [pi]);
  await nothingLeft(method);
});

test('under the promise no node begins to refer; a node that is being deleted goes as it would', async () => {
  const method = await methodWith(pi);
  const peer = await voter('constants', pi);
  const deletion = world.ask('constants', 'delete', { id: pi });
  const question = await peer.next('mayDelete');
  await world.eventually(async () =>
    (await world.history()).some(({ line }) => line['what'] === 'promised'),
  );
  const late = world.ask('methods', 'update', {
    id: method,
    attributes: { prsConstantId: [pi, e] as Json },
  });
  await world.waits(500);
  await peer.answer(question, ok);
  assert.equal(await world.until(deletion), {});
  assert.is(errorOf(await world.until(late))['code'], 409);
  assert.is((await attributesOf(method))['prsConstantId'], undefined);
  assert.equal(await world.call('objects', 'delete', { id: plant }), {});
  assert.is(await world.exists(method), false);
  await nothingLeft(method);
});

test.run();
