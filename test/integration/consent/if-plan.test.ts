/** A deletion that is made only if it is still what was planned, on the real services over memory. */
import type { DeletionPlan } from '../../../actors/consent/plan-schema.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { Entity } from './entity-configs.ts';
import type { Peer } from './peer.ts';
import { cycle, diamond, shapeChanges } from './shapes.ts';

const test = suite('if_plan', { deadlineMs: 60_000 });
const ok = { response: 'ok' };
const no = { response: 'no', message: 'legal hold' };

let world: ConsentWorld;
let plant: string;
let tag: string;
test.before.each(async () => {
  world = new ConsentWorld(shapeChanges);
  await world.open();
  plant = await world.create('objects', { attributes: { cn: 'plant' } });
  tag = await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
});
test.after.each(async () => {
  await world.close();
});

async function planOf(id: string, entity: Entity = 'objects'): Promise<DeletionPlan> {
  return (await world.call(entity, 'plan', { id })) as unknown as DeletionPlan;
}
function deletion(id: string, plan: DeletionPlan | string): Promise<JsonObject> {
  return world.ask('objects', 'delete', { id, if_plan: plan as unknown as JsonObject });
}
/** A peer on the list that says yes to everything. */
async function agreeing(exchange: Entity, nodeId: string, service = 'voter'): Promise<Peer> {
  const peer = await world.peer({ service, exchange });
  for (const action of ['wouldDelete', 'mayDelete', 'deleting', 'mayUpdate', 'updating'])
    peer.always(action, ok);
  await peer.subscribe(nodeId);
  return peer;
}
function insideCycle(): Promise<readonly string[]> {
  return cycle(world, true);
}
function outsideCycle(): Promise<readonly string[]> {
  return cycle(world, false);
}
/** Refused as no longer what was planned: everything stands, nothing is held. */
async function assertChanged(answer: Promise<JsonObject>): Promise<JsonObject> {
  const error = (await world.until(answer))['error'] as JsonObject;
  assert.equal([error['code'], error['name']], [409, 'plan-changed']);
  for (const id of [plant, tag]) assert.is(await world.exists(id), true);
  assert.equal(await world.traces(plant, tag), []);
  return error;
}
function count(error: JsonObject, what: string): number {
  return ((error['difference'] as JsonObject)[what] as unknown[]).length;
}

test('in an unchanged world it is made, by the hash alone', async () => {
  await world.create('alerts', { parentId: tag });
  await agreeing('tags', tag);
  const { hash } = await planOf(plant);
  assert.equal(await world.until(deletion(plant, hash)), {});
  assert.is(await world.exists(plant), false);
});

test('in an unchanged world it is made, by the plan itself', async () => {
  assert.equal(await world.until(deletion(plant, await planOf(plant))), {});
});

for (const [shape, grow] of Object.entries({
  diamond,
  'cycle inside': insideCycle,
  'cycle elsewhere': outsideCycle,
})) {
  test(`over a ${shape}, in whatever order the votes engage it`, async () => {
    await world.call('objects', 'delete', { id: plant });
    const [root = '', ...others] = await grow(world);
    const { hash } = await planOf(root);
    assert.equal(await world.until(deletion(root, hash)), {});
    for (const id of others) assert.is(await world.exists(id), false);
  });
}

test('a new node, in another service: refused, nothing is removed, and the answer says which', async () => {
  const plan = await planOf(plant);
  const alert = await world.create('alerts', { parentId: tag });
  const error = await assertChanged(deletion(plant, plan));
  const difference = error['difference'] as { nodesAdded: { id: string }[] };
  assert.equal(
    difference.nodesAdded.map(({ id }) => id),
    [alert],
  );
  assert.match(String(error['message']), /1 nodes added, 1 nodes changed, 1 votes added/);
});

test('with the hash alone the answer says what was found', async () => {
  const { hash } = await planOf(plant);
  const alert = await world.create('alerts', { parentId: tag });
  const { found, difference, planned } = await assertChanged(deletion(plant, hash));
  const { nodes, hash: now } = found as { nodes: { id: string }[]; hash: string };
  assert.equal([planned, difference], [{ hash }, undefined]);
  assert.ok(nodes.some(({ id }) => id === alert));
  assert.is(now, (await planOf(plant)).hash);
});

test('a node that has gone', async () => {
  const alert = await world.create('alerts', { parentId: tag });
  const plan = await planOf(plant);
  await world.call('alerts', 'delete', { id: alert });
  assert.is(count(await assertChanged(deletion(plant, plan)), 'nodesRemoved'), 1);
});

test('a new subscriber, at the root and below', async () => {
  for (const [exchange, id] of [
    ['objects', plant],
    ['tags', tag],
  ] as const) {
    const plan = await planOf(plant);
    await agreeing(exchange, id, `newcomer ${exchange}`);
    assert.is(count(await assertChanged(deletion(plant, plan)), 'votesAdded'), 1);
  }
});

test('an attribute that was changed below', async () => {
  const plan = await planOf(plant);
  await world.call('tags', 'update', { id: tag, attributes: { description: 'now it matters' } });
  assert.is(count(await assertChanged(deletion(plant, plan)), 'nodesChanged'), 1);
});

test('a vote that was no and is ok now', async () => {
  const voter = await agreeing('tags', tag);
  voter.always('wouldDelete', no);
  const plan = await planOf(plant);
  assert.is(plan.outcome, 'refused');
  const error = await assertChanged(deletion(plant, plan));
  assert.is(count(error, 'votesChanged'), 2, 'its own, and that of the service that waited for it');
});

test('a vote that was ok and is no now: refused as every deletion is, by name and reason', async () => {
  const voter = await agreeing('tags', tag);
  const plan = await planOf(plant);
  voter.always('mayDelete', no);
  const error = (await world.until(deletion(plant, plan)))['error'] as JsonObject;
  assert.equal(
    [error['name'], error['refusals']],
    ['refused', [{ service: 'voter', nodeId: tag, reason: 'legal hold' }]],
  );
});

test('who was unknown and brings something along', async () => {
  await world.stop('tags_model_crud');
  const plan = await planOf(plant);
  assert.is(plan.outcome, 'uncertain');
  await world.start('tags_model_crud');
  assert.is(count(await assertChanged(deletion(plant, plan)), 'nodesAdded'), 1);
});

test('an old peer, unknown in every plan, does not stand in the way', async () => {
  const old = await world.peer({ service: 'old', exchange: 'objects', keys: ['old_key'] });
  await old.subscribeOld(plant, 'old_key');
  for (const action of ['mayDelete', 'deleting']) old.always(action, ok);
  assert.equal(await world.until(deletion(plant, (await planOf(plant)).hash)), {});
});

test('a newcomer while the vote is under way: it is asked, and then it is another deletion', async () => {
  const voter = await agreeing('objects', plant);
  const plan = await planOf(plant);
  voter.always('mayDelete', { response: 'wait' });
  const answer = deletion(plant, plan);
  const question = await voter.next('mayDelete');
  const late = await world.peer({ service: 'late', exchange: 'objects', keys: ['late_key'] });
  late.always('mayDelete', ok);
  await late.subscribeOld(plant, 'late_key');
  await voter.answer(question, ok);
  assert.is(count(await assertChanged(answer), 'votesAdded'), 1);
});

test('what was planned has gone: refused, where a plain deletion says that it is done', async () => {
  const plan = await planOf(plant);
  assert.equal(await world.call('objects', 'delete', { id: plant }), {});
  const { error } = await world.until(deletion(plant, plan));
  assert.is((error as JsonObject)['name'], 'plan-changed');
  assert.equal(await world.call('objects', 'delete', { id: plant }), {});
});

test('a plan that somebody has changed is refused before anybody is asked', async () => {
  const plan = await planOf(plant);
  const { error } = await world.until(deletion(plant, { ...plan, nodes: [] }));
  assert.is((error as JsonObject)['name'], 'bad-message');
  assert.equal(world.happened('engaged'), []);
});

test('without if_plan nobody says what it takes along', async () => {
  const voter = await agreeing('tags', tag);
  await world.call('objects', 'delete', { id: plant });
  assert.is((await voter.next('mayDelete')).headers['consent-inventory'], undefined);
});

test.run();
