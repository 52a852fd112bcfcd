/**
 * Subscriptions on the real services over memory: many nodes in one message, and what is left when
 * everything is over and pruned.
 */
import { ledgerRead } from '../../../actors/consent/ledger/store.ts';
import { prunables } from '../../../runtime/ports/retention.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';

const test = suite('subscriptions', { deadlineMs: 60_000 });
const [unknown, other] = [
  '00000000-0000-0000-0000-00000000000a',
  '00000000-0000-0000-0000-00000000000b',
];
const ok = { response: 'ok' };

let world: ConsentWorld;
test.before.each(async () => {
  world = new ConsentWorld();
  await world.open();
});
test.after.each(async () => {
  await world.close();
});

function subscribe(...ids: readonly string[]) {
  return world.call('objects', 'subscribe', { service: 'svc', subscribe_to_id: ids });
}

/** Removes everything that is over, whatever its age. */
async function pruneAll(): Promise<void> {
  await world.waits(2_000);
  for (const kind of prunables) await world.journal.prune(kind, world.clock.now() + 1, 5_000);
}

/** How many rows of actors are left; each service keeps the actor of its base node. */
async function actorsLeft(): Promise<number> {
  return (await world.journal.counts()).actors;
}

test('one message for many nodes has one answer, which names each node, in any order of the ids', async () => {
  const a = await world.create('objects', { attributes: { cn: 'a' } });
  const b = await world.create('objects', { attributes: { cn: 'b' } });
  const no = {
    response: 'no',
    message: `there is no node ${unknown}`,
    service: 'objects_model_crud',
  };
  assert.equal(await subscribe(a, unknown), { results: { [a]: ok, [unknown]: no } });
  assert.equal(await subscribe(unknown, b), { results: { [unknown]: no, [b]: ok } });
  assert.equal(await subscribe(a), ok);
  assert.equal([await world.listOf(a), await world.listOf(b)], [['svc'], ['svc']]);
  const leaves = { service: 'svc', subscribe_to_id: [a, b, other] };
  assert.equal(await world.call('objects', 'unsubscribe', leaves), {
    results: { [a]: ok, [b]: ok, [other]: ok },
  });
  assert.equal([await world.listOf(a), await world.listOf(b)], [[], []]);
});

test('a subscription leaves no actor, neither to a node nor to an unknown id', async () => {
  const before = await actorsLeft();
  const node = await world.create('objects', { attributes: { cn: 'node' } });
  await subscribe(node, unknown, other);
  assert.ok((await actorsLeft()) > before);
  await pruneAll();
  assert.is(await actorsLeft(), before);
});

test('nothing of a subscription outlives its node, whichever of both goes first', async () => {
  const before = await actorsLeft();
  const ids: string[] = [];
  for (const [at, tagFirst] of [true, true, false].entries()) {
    const object = await world.create('objects', { attributes: { cn: `o${at}` } });
    const tag = await world.create('tags', { parentId: object, attributes: { cn: 't' } });
    if (tagFirst) assert.equal(await world.call('tags', 'delete', { id: tag }), {});
    assert.equal(await world.call('objects', 'delete', { id: object }), {});
    ids.push(object, tag);
  }
  await pruneAll();
  const {
    store: _store,
    op,
    args,
  } = ledgerRead('links', {
    service: 'tags_model_crud',
    nodeIds: ids,
  });
  assert.equal(await world.ledger.read(op, args), []);
  assert.is(await actorsLeft(), before);
});

test.run();
