/**
 * A service that is retired or uninstalled while its nodes are there, on the real services over
 * memory: nothing is decided over its nodes, and an operator hands the nodes to another service.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import { type Entity, serviceOf } from './entity-configs.ts';

const test = suite('retired services', { deadlineMs: 60_000 });
const audit = { by: 'ada', why: 'it was uninstalled' };

let world: ConsentWorld;
let plant: string;
let tag: string;
let alert: string;
test.before.each(async () => {
  world = new ConsentWorld();
  await world.open();
  plant = await world.create('objects', { attributes: { cn: 'plant' } });
  tag = await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
  alert = await world.create('alerts', { parentId: tag, attributes: { cn: 'alert' } });
});
test.after.each(async () => {
  await world.close();
});

function errorOf(answer: JsonObject): JsonObject {
  return (answer['error'] ?? {}) as JsonObject;
}
function retire(owner: Entity, entity: Entity, more: JsonObject = {}): Promise<JsonObject> {
  return world.call(owner, 'retire', { service: serviceOf(entity), ...more, ...audit });
}
function adopt(successor: Entity, entity: Entity): Promise<JsonObject> {
  return world.call(successor, 'adopt', { service: serviceOf(entity), ...audit });
}
function remove(id: string): Promise<JsonObject> {
  return world.call('objects', 'delete', { id });
}
async function areThere(): Promise<readonly boolean[]> {
  return Promise.all([plant, tag, alert].map((id) => world.exists(id)));
}
async function allGone(): Promise<void> {
  assert.equal(await areThere(), [false, false, false]);
  assert.equal(await world.traces(plant, tag, alert), []);
}
const leavesTag = (): JsonObject => ({
  count: 1,
  classes: [{ objectClass: 'prsTag', nodes: 1, below: 1, parentIds: [plant] }],
});

test('retire says how many nodes of which class it would leave below which nodes, and changes nothing', async () => {
  const error = errorOf(await retire('objects', 'tags'));
  assert.equal([error['code'], error['name'], error['leaves']], [409, 'in-use', leavesTag()]);
  assert.ok(String(error['message']).includes(`1 prsTag below 1 node (${plant})`));
  assert.equal(await world.listOf(plant), ['tags_model_crud']);
});

test('a forced retirement leaves the nodes, and no deletion above them is decided or planned', async () => {
  assert.equal(await retire('objects', 'tags', { force: true }), {
    retired: 1,
    calledOff: [],
    waiting: [],
    leaves: leavesTag(),
  });
  const error = errorOf(await remove(plant));
  assert.equal([error['code'], error['name']], [409, 'in-use']);
  const { count, nodes } = error['unanswered'] as { count: number; nodes: readonly JsonObject[] };
  assert.equal([count, nodes[0]?.['id'], nodes[0]?.['service']], [1, tag, 'tags_model_crud']);
  const plan = await world.call('objects', 'plan', { id: plant });
  assert.is(plan['outcome'], 'refused');
  assert.equal(await areThere(), [true, true, true]);
  assert.equal(world.happened('decided'), []);
  assert.equal(await world.traces(plant, tag, alert), []);
});

test('nodes further down that nobody answers for are the no of the service above them', async () => {
  await retire('tags', 'alerts', { force: true });
  const [refusal] = errorOf(await remove(plant))['refusals'] as readonly JsonObject[];
  assert.equal([refusal?.['service'], refusal?.['nodeId']], ['tags_model_crud', tag]);
  assert.ok(String(refusal?.['reason']).startsWith(`nobody answers for prsAlert alert (${alert}`));
  assert.equal(await areThere(), [true, true, true]);
  assert.equal(await world.traces(plant, tag, alert), []);
});

test('the owner of the node above adopts the nodes as its own: the deletion takes them along', async () => {
  await world.call('alerts', 'delete', { id: alert });
  await retire('objects', 'tags', { force: true });
  await world.stop('tags_model_crud');
  assert.equal(await adopt('objects', 'tags'), { adopted: 1 });
  const [found] = await world.read('search', { id: tag, attributes: ['objectClass'] });
  assert.equal(found?.attributes['objectClass'], ['prsObject']);
  assert.equal(await remove(plant), {});
  assert.equal(await areThere(), [false, false, false]);
  const lines = world.lines.filter(({ topic }) => topic === 'subscriber tags_model_crud');
  assert.equal(
    lines.map(({ line }) => [line['operation'], line['by']]),
    [
      ['retire', 'ada'],
      ['adopt', 'ada'],
    ],
  );
});

test('another service adopts the nodes without a retirement: it stands on the lists in place of the former one', async () => {
  await world.stop('alerts_model_crud');
  assert.is(errorOf(await remove(plant))['code'], 409);
  assert.equal(await adopt('methods', 'alerts'), { adopted: 1 });
  assert.equal(await world.listOf(tag), ['methods_model_crud']);
  assert.equal(await remove(plant), {});
  await allGone();
  assert.ok(world.happened('voted').some(({ voter }) => voter === 'methods_model_crud'));
});

test('the owner of the nodes above adopts the nodes without a retirement: nobody waits for the former one', async () => {
  await world.stop('alerts_model_crud');
  await world.call('tags', 'delete', { id: tag });
  assert.equal(await adopt('tags', 'alerts'), { adopted: 1 });
  assert.equal(await world.listOf(tag), []);
  assert.equal(await remove(plant), {});
  await allGone();
});

test('the successor gives the subscription back with its last node', async () => {
  await world.stop('alerts_model_crud');
  await adopt('methods', 'alerts');
  assert.equal(await world.call('methods', 'delete', { id: alert }), {});
  await world.eventually(async () => (await world.listOf(tag)).length === 0);
});

test('a service that was retired by mistake adopts its own nodes, and is asked again', async () => {
  await retire('objects', 'tags', { force: true });
  assert.equal(await adopt('tags', 'tags'), { adopted: 1 });
  assert.equal(await world.listOf(plant), ['tags_model_crud']);
  assert.equal(await world.listOf(tag), ['alerts_model_crud']);
  assert.equal(await remove(plant), {});
  await allGone();
});

test('a decided deletion that waits for a service of the past goes on with the successor', async () => {
  await world.dieAfter('alerts_model_crud', 'promised');
  const deletion = world.ask('objects', 'delete', { id: plant });
  deletion.catch(() => undefined);
  await world.died('alerts_model_crud');
  await world.eventually(async () => world.happened('decided').length > 0);
  const saga = world.lines.find(({ line }) => line['what'] === 'engaged')?.topic ?? '';
  const skip = { saga, voter: 'alerts_model_crud', ...audit };
  assert.is(errorOf(await world.call('tags', 'skip', skip))['name'], 'in-use');
  assert.equal(await adopt('methods', 'alerts'), { adopted: 1 });
  assert.equal(await world.call('tags', 'skip', skip), {});
  assert.equal(await world.until(deletion), {});
  assert.equal(await areThere(), [false, false, false]);
  const left = await world.traces(plant, tag, alert);
  assert.equal(
    left.filter((trace) => /holds|promised/.test(trace)),
    [],
    'only the actor of the dead service waits',
  );
  assert.ok(
    world.lines.some(({ topic, line }) => topic === saga && line['operation'] === 'adopt'),
    'the record of the saga says so',
  );
});

test('a service adopts nothing that it could not keep', async () => {
  const misplaced = errorOf(await adopt('constants', 'alerts'));
  assert.equal([misplaced['code'], misplaced['name']], [409, 'wrong-class']);
  const unknown = errorOf(await world.call('methods', 'adopt', { service: 'nobody', ...audit }));
  assert.equal([unknown['code'], unknown['name']], [404, 'not-found']);
  assert.equal(await world.listOf(tag), ['alerts_model_crud']);
});

test.run();
