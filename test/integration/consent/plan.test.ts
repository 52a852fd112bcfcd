/** The plan of a deletion on the real services over memory: it says what would go and who would say what, and leaves nothing behind. */
import { type DeletionPlan, DeletionPlanSchema } from '../../../actors/consent/plan-schema.ts';
import { checkSchema } from '../../../runtime/messages/validation.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { Entity } from './entity-configs.ts';
import type { Peer } from './peer.ts';
import { cycle, diamond, shapeChanges } from './shapes.ts';

const test = suite('plan', { deadlineMs: 60_000 });

let world: ConsentWorld;
test.before.each(async () => {
  world = new ConsentWorld(shapeChanges);
  await world.open();
});
test.after.each(async () => {
  await world.close();
});

async function planOf(entity: Entity, id: string): Promise<DeletionPlan> {
  const plan = await world.call(entity, 'plan', { id });
  checkSchema(DeletionPlanSchema, plan, '');
  return plan as unknown as DeletionPlan;
}
async function subscribed(exchange: Entity, nodeId: string, service = 'voter'): Promise<Peer> {
  const peer = await world.peer({ service, exchange });
  await peer.subscribe(nodeId);
  return peer;
}
/** A plant with a tag. */
async function plantWithTag(): Promise<readonly [plant: string, tag: string]> {
  const plant = await world.create('objects', { attributes: { cn: 'plant' } });
  return [plant, await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } })];
}
function names({ nodes }: DeletionPlan): readonly string[] {
  return nodes.map(({ cn }) => cn).sort();
}
function voteOf({ votes }: DeletionPlan, voter: string): readonly (string | null | undefined)[] {
  const found = votes.find((vote) => vote.voter === voter);
  return [found?.vote, found?.reason];
}

test('it names what would go, whose it is, how many rows, and who agrees', async () => {
  const [plant, tag] = await plantWithTag();
  await world.create('alerts', { parentId: tag, attributes: { cn: 'alert' } });
  const plan = await planOf('objects', plant);
  assert.equal([plan.outcome, names(plan)], ['agreed', ['alert', 'plant', 'tag']]);
  assert.equal(
    plan.services.map(({ service, nodes, rows }) => [service, nodes, rows]),
    [
      ['alerts_model_crud', 1, [{ table: 'hierarchy.nodes', rows: 3 }]],
      ['objects_model_crud', 1, [{ table: 'hierarchy.nodes', rows: 4 }]],
      ['tags_model_crud', 1, [{ table: 'hierarchy.nodes', rows: 4 }]],
    ],
  );
  assert.equal(plan.totals, { nodes: 3, services: 3, rows: 11, files: 0, bytes: 0 });
  assert.equal(plan.nodes.find(({ id }) => id === tag)?.below, [plant]);
  assert.equal(voteOf(plan, 'alerts_model_crud'), ['ok', null]);
});

test('it takes as many rows as a deletion then does', async () => {
  const [plant, tag] = await plantWithTag();
  await world.create('objects', { parentId: plant, attributes: { cn: 'mill' } });
  const { totals } = await planOf('objects', plant);
  const before = await world.rows();
  await world.call('objects', 'delete', { id: plant });
  assert.is(before - (await world.rows()), totals.rows);
  assert.is(await world.exists(tag), false);
});

test('it writes nothing, holds nothing, and leaves nothing: the world is as before, and the same plan has the same hash', async () => {
  const [plant, tag] = await plantWithTag();
  const before = await world.read('roster', { nodeIds: [plant, tag] });
  const lines = world.lines.length;
  const plan = await planOf('objects', plant);
  assert.equal(await world.read('roster', { nodeIds: [plant, tag] }), before);
  assert.is(world.lines.length, lines);
  assert.equal(await world.traces(plant, tag), []);
  const again = await planOf('objects', plant);
  assert.equal({ ...again, plannedAtMs: 0 }, { ...plan, plannedAtMs: 0 });
});

test('diamond: what is reached on two ways is in it once', async () => {
  const [plant = ''] = await diamond(world);
  const plan = await planOf('objects', plant);
  assert.equal([plan.outcome, names(plan)], ['agreed', ['alert', 'method', 'plant', 'tag']]);
  assert.is(plan.nodes.find(({ cn }) => cn === 'method')?.below.length, 2);
  assert.is((await planOf('objects', plant)).hash, plan.hash);
});

for (const inside of [true, false]) {
  test(`cycle ${inside ? 'inside' : 'through what stands elsewhere'}: it ends, without waiting for a deadline`, async () => {
    const [plant = ''] = await cycle(world, inside);
    const startedMs = world.clock.now();
    const plan = await planOf('objects', plant);
    assert.ok(world.clock.now() - startedMs < 2_000);
    assert.equal([plan.outcome, names(plan)], ['agreed', ['below', 'plant', 'tag', 'view']]);
  });
}

test('a veto is shown where it is cast, and everybody above it with its reason', async () => {
  const [plant, tag] = await plantWithTag();
  const hold = await subscribed('tags', tag, 'hold');
  hold.always('wouldDelete', { response: 'no', message: 'legal hold' });
  const plan = await planOf('objects', plant);
  assert.is(plan.outcome, 'refused');
  assert.equal(
    [voteOf(plan, 'hold'), voteOf(plan, 'tags_model_crud')],
    [
      ['no', 'legal hold'],
      ['no', 'legal hold'],
    ],
  );
});

test('a constant in use: the service that refuses says who uses it', async () => {
  const constant = await world.create('constants', { attributes: { cn: 'c' } });
  const [, tag] = await plantWithTag();
  await world.create('methods', {
    parentId: tag,
    attributes: { cn: 'm', prsConstantId: [constant] },
  });
  const plan = await planOf('constants', constant);
  assert.equal([plan.outcome, names(plan)], ['refused', ['c']]);
  assert.match(voteOf(plan, 'methods_model_crud')[1] ?? '', /it is in use by m/);
});

test('who is silent is unknown, and so is who waits for it; nothing is inferred', async () => {
  const [plant, tag] = await plantWithTag();
  await subscribed('tags', tag, 'mute');
  const plan = await planOf('objects', plant);
  assert.is(plan.outcome, 'uncertain');
  assert.equal(
    [voteOf(plan, 'mute'), voteOf(plan, 'tags_model_crud')],
    [
      ['unknown', 'it did not answer in time'],
      ['unknown', 'it waits for mute'],
    ],
  );
});

test('who is down, and an old peer, which is not asked, are unknown', async () => {
  const [plant] = await plantWithTag();
  const old = await world.peer({ service: 'old', exchange: 'objects', keys: ['old_key'] });
  await old.subscribeOld(plant, 'old_key');
  const gone = await subscribed('objects', plant, 'gone');
  world.discard(gone.queue);
  const plan = await planOf('objects', plant);
  assert.equal(
    [plan.outcome, voteOf(plan, 'gone'), voteOf(plan, 'old_key')],
    [
      'uncertain',
      ['unknown', 'it cannot be reached'],
      ['unknown', 'it knows no question without effect'],
    ],
  );
  assert.equal(old.received, []);
});

test('a peer that does not know the question is unknown', async () => {
  const [plant] = await plantWithTag();
  const peer = await subscribed('objects', plant);
  peer.always('wouldDelete', {
    error: { code: 400, name: 'unknown-action', message: "there is no 'wouldDelete'" },
  });
  assert.equal(voteOf(await planOf('objects', plant), 'voter'), [
    'unknown',
    "it cannot say: there is no 'wouldDelete'",
  ]);
});

test('what a peer keeps itself is counted: rows, files, bytes', async () => {
  const [plant] = await plantWithTag();
  const peer = await subscribed('objects', plant, 'archive');
  const node = {
    ...{
      service: 'archive',
      id: 'drawing 1',
      cn: 'drawing',
      objectClass: 'drawing',
      epoch: 4,
      below: [plant],
    },
    rows: [{ table: 'archive.drawings', rows: 2 }],
    files: [
      { url: 'file:///drawing.png', bytes: 1_200 },
      { url: 'file:///old.png', bytes: null },
    ],
  };
  peer.always('wouldDelete', {
    response: 'ok',
    plan: { nodes: [JSON.stringify(node), 'no json'], votes: ['{}'] },
  });
  const plan = await planOf('objects', plant);
  assert.equal(
    plan.services.find(({ service }) => service === 'archive'),
    {
      service: 'archive',
      nodes: 1,
      rows: [{ table: 'archive.drawings', rows: 2 }],
      files: 2,
      bytes: 1_200,
    },
  );
});

/** Each changes the world; the plan must not be the same afterwards. */
type Change = (at: {
  readonly plant: string;
  readonly tag: string;
  readonly voter: Peer;
}) => unknown;
const changes: Readonly<Record<string, Change>> = {
  'a node created below, in the owner’s service': ({ plant }) =>
    world.create('objects', { parentId: plant }),
  'a node created below, in another service': ({ tag }) =>
    world.create('alerts', { parentId: tag }),
  'an attribute changed, in another service': ({ tag }) =>
    world.call('tags', 'update', { id: tag, attributes: { description: 'new' } }),
  'a subscription to the node itself': ({ plant }) => subscribed('objects', plant, 'newcomer'),
  'a subscription in another service': ({ tag }) => subscribed('tags', tag, 'newcomer'),
  'a vote': ({ voter }) => voter.always('wouldDelete', { response: 'no', message: 'why' }),
};
for (const [what, change] of Object.entries(changes)) {
  test(`the hash changes with ${what}`, async () => {
    const [plant, tag] = await plantWithTag();
    const voter = await subscribed('tags', tag);
    for (const action of ['wouldDelete', 'mayUpdate', 'updating'])
      voter.always(action, { response: 'ok' });
    const before = await planOf('objects', plant);
    await change({ plant, tag, voter });
    assert.is.not((await planOf('objects', plant)).hash, before.hash);
  });
}

test('what cannot be deleted cannot be planned, with the same error', async () => {
  const [, tag] = await plantWithTag();
  const foreign = await world.call('objects', 'plan', { id: tag });
  const missing = await world.call('objects', 'plan', { id: world.ids.next() });
  assert.equal(
    [foreign, missing].map(({ error }) => (error as JsonObject)['name']),
    ['wrong-class', 'not-found'],
  );
});

test.run();
