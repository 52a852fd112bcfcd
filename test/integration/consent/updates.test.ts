/**
 * Updates that relocate a node, and operations that exclude each other (`docs/protocol.md`), on the real
 * services over memory.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { Entity } from './entity-configs.ts';
import type { Peer } from './peer.ts';

const test = suite('updates', { deadlineMs: 90_000 });
const ok = { response: 'ok' };

let world: ConsentWorld;
let plant: string;
let mill: string;
let shop: string;
let tag: string;
test.before.each(async () => {
  world = new ConsentWorld();
  await world.open();
  plant = await world.create('objects', { attributes: { cn: 'plant' } });
  mill = await world.create('objects', { parentId: plant, attributes: { cn: 'mill' } });
  shop = await world.create('objects', { attributes: { cn: 'shop' } });
  tag = await world.create('tags', { parentId: mill, attributes: { cn: 'tag' } });
});
test.after.each(async () => {
  await world.close();
});

async function voter(exchange: Entity, nodeId: string): Promise<Peer> {
  const peer = await world.peer({ service: 'voter', exchange });
  await peer.subscribe(nodeId);
  return peer;
}
function errorOf(answer: JsonObject): JsonObject {
  return (answer['error'] ?? {}) as JsonObject;
}
async function dnOf(id: string): Promise<string | undefined> {
  return (await world.read('search', { id }))[0]?.dn;
}
async function listOf(id: string): Promise<readonly string[]> {
  return (await world.read('roster', { nodeIds: [id] })).subscriptions.map(
    ({ service }) => service,
  );
}
async function nothingLeft(...more: readonly string[]): Promise<void> {
  assert.equal(await world.traces(plant, mill, shop, tag, ...more), []);
}

test('a node moves to another parent of its service, when all agree: they are told where to', async () => {
  const peer = await voter('objects', mill);
  peer.always('updating', ok);
  const update = world.ask('objects', 'update', {
    id: mill,
    parentId: shop,
    attributes: { cn: 'lathe' },
  });
  const question = await peer.next('mayUpdate');
  assert.equal(question.data, { id: mill, parentId: shop, attributes: { cn: ['lathe'] } });
  await peer.answer(question, ok);
  assert.equal(await world.until(update), {});
  assert.is(await dnOf(mill), 'cn=lathe,cn=shop,cn=objects,cn=prs');
  await nothingLeft();
});

test('a node moves to a parent of another service: subscribed to first, and the old one is given back', async () => {
  assert.equal(await world.call('tags', 'update', { id: tag, parentId: shop }), {});
  assert.is(await dnOf(tag), 'cn=tag,cn=shop,cn=objects,cn=prs');
  await world.waits(1_000);
  assert.equal([await listOf(shop), await listOf(mill)], [['tags_model_crud'], []]);
  assert.equal(await world.call('objects', 'delete', { id: shop }), {});
  assert.is(await world.exists(tag), false);
  await nothingLeft();
});

test('what a node refers to is changed by an update: the new one is subscribed to, the old one given back', async () => {
  const pi = await world.create('constants', { attributes: { cn: 'pi' } });
  const e = await world.create('constants', { attributes: { cn: 'e' } });
  const method = await world.create('methods', {
    parentId: tag,
    attributes: { cn: 'm', prsConstantId: [pi] },
  });
  assert.equal(
    await world.call('methods', 'update', { id: method, attributes: { prsConstantId: [e] } }),
    {},
  );
  await world.waits(1_000);
  assert.equal(await world.call('constants', 'delete', { id: pi }), {});
  assert.is(errorOf(await world.call('constants', 'delete', { id: e }))['code'], 409);
  await nothingLeft(pi, e, method);
});

const impossible: readonly [string, () => JsonObject, Entity, number][] = [
  ['into its own subtree', () => ({ id: plant, parentId: mill }), 'objects', 409],
  [
    'below a node of a class that is not allowed',
    () => ({ id: mill, parentId: tag }),
    'objects',
    409,
  ],
  [
    'below what is not there',
    () => ({ id: mill, parentId: '00000000-0000-4000-8000-000000000000' }),
    'objects',
    404,
  ],
];
for (const [where, data, entity, code] of impossible) {
  test(`a move ${where} is refused, and nothing has changed`, async () => {
    const before = await dnOf(mill);
    assert.is(errorOf(await world.call(entity, 'update', data()))['code'], code);
    assert.is(await dnOf(mill), before);
    await nothingLeft();
  });
}

test('a move to where its name is taken is called off', async () => {
  const other = await world.create('objects', { parentId: shop, attributes: { cn: 'mill' } });
  assert.is(
    errorOf(await world.call('objects', 'update', { id: mill, parentId: shop }))['code'],
    409,
  );
  assert.is(await dnOf(mill), 'cn=mill,cn=plant,cn=objects,cn=prs');
  await nothingLeft(other);
});

test('a create below a node that moves is parked until the move is over (M against C)', async () => {
  const peer = await voter('objects', mill);
  peer.always('updating', ok);
  const move = world.ask('objects', 'update', { id: mill, parentId: shop });
  const question = await peer.next('mayUpdate');
  const creation = world.ask('objects', 'create', { parentId: mill, attributes: { cn: 'new' } });
  await world.waits(1_000);
  assert.equal(world.happened('updated'), []);
  await peer.answer(question, ok);
  assert.equal(await world.until(move), {});
  const { id } = await world.until(creation);
  assert.is(await dnOf(String(id)), 'cn=new,cn=mill,cn=shop,cn=objects,cn=prs');
  await nothingLeft(String(id));
});

test('a create below a node that is updated where it stands does not wait (U with C)', async () => {
  const peer = await voter('objects', mill);
  peer.always('updating', ok);
  const update = world.ask('objects', 'update', { id: mill, attributes: { description: 'new' } });
  const question = await peer.next('mayUpdate');
  const created = await world.create('objects', { parentId: mill, attributes: { cn: 'new' } });
  await peer.answer(question, ok);
  assert.equal(await world.until(update), {});
  await nothingLeft(created);
});

test('a move below what is being deleted: the younger is refused when all have agreed', async () => {
  const peer = await voter('objects', shop);
  const deletion = world.ask('objects', 'delete', { id: shop });
  const question = await peer.next('mayDelete');
  const error = errorOf(await world.call('objects', 'update', { id: mill, parentId: shop }));
  assert.is(error['code'], 409);
  await peer.answer(question, { response: 'no', message: 'no' });
  await world.until(deletion);
  assert.is(await dnOf(mill), 'cn=mill,cn=plant,cn=objects,cn=prs');
  await nothingLeft();
});

test('the younger of two updates is refused at once; under its old age it waits for one that began later', async () => {
  const peer = await voter('objects', mill);
  peer.always('updating', ok);
  const first = world.ask('objects', 'update', { id: mill, attributes: { description: 'first' } });
  const question = await peer.next('mayUpdate');
  const held = errorOf(
    await world.call('objects', 'update', { id: mill, attributes: { description: 'second' } }),
  );
  assert.equal([held['code'], held['name']], [423, 'frozen']);
  await peer.answer(question, ok);
  assert.equal(await world.until(first), {});
  const later = world.ask('objects', 'update', { id: mill, attributes: { description: 'third' } });
  const laterQuestion = await peer.next('mayUpdate');
  const retry = world.ask('objects', 'update', {
    id: mill,
    attributes: { description: 'second' },
    retry_of: held['saga'] ?? null,
  });
  await world.waits(1_000);
  await peer.answer(laterQuestion, ok);
  assert.equal(await world.until(later), {});
  await peer.answer(await peer.next('mayUpdate'), ok);
  assert.equal(await world.until(retry), {});
  assert.equal((await world.read('search', { id: mill }))[0]?.attributes['description'], [
    'second',
  ]);
  await nothingLeft();
});

test('a retry of what was never refused here is no retry', async () => {
  const answer = await world.call('objects', 'update', {
    id: mill,
    attributes: { description: 'x' },
    retry_of: 'nothing',
  });
  assert.equal([errorOf(answer)['code'], errorOf(answer)['at']], [404, '/data/retry_of']);
  assert.equal(world.happened('engaged'), []);
});

test('what a vote has refused may be tried again under its age', async () => {
  const peer = await voter('objects', mill);
  peer.always('mayDelete', { response: 'no', message: 'not yet' });
  const refused = errorOf(await world.call('objects', 'delete', { id: mill }));
  for (const action of ['mayDelete', 'deleting']) peer.always(action, ok);
  const retry = await world.call('objects', 'delete', {
    id: mill,
    retry_of: refused['saga'] ?? null,
  });
  assert.equal(retry, {});
});

test('a move into the own subtree is refused, and nobody was asked', async () => {
  const peer = await voter('objects', plant);
  const error = errorOf(await world.call('objects', 'update', { id: plant, parentId: mill }));
  assert.equal([error['code'], error['message']], [409, 'a node cannot move into its own subtree']);
  assert.equal(peer.received, []);
  await nothingLeft();
});

test('a voter whose node is held by a younger update sets the older deletion aside, and answers when it is over', async () => {
  const peer = await voter('tags', tag);
  peer.always('updating', ok);
  peer.always('deleting', ok);
  const gate = await world.peer({ service: 'gate', exchange: 'objects' });
  await gate.subscribe(plant);
  gate.always('deleting', ok);
  await world.stop('tags_model_crud');
  const deletion = world.ask('objects', 'delete', { id: plant });
  const gateQuestion = await gate.next('mayDelete');
  const update = world.ask('tags', 'update', { id: tag, attributes: { description: 'new' } });
  await gate.answer(gateQuestion, ok);
  await world.start('tags_model_crud');
  const first = await Promise.race([
    peer.next('mayUpdate'),
    world.until(deletion).then(() => undefined),
  ]);
  if (first !== undefined) await peer.answer(first, ok);
  peer.always('mayDelete', ok);
  await world.until(Promise.all([deletion, update]));
  await nothingLeft();
});

test.run();
