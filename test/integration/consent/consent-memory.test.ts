/**
 * The consent protocol with the real services over memory, in virtual time, beside the scenarios that are also played on real servers
 * (`scenarios/`). Every test ends with nothing left behind.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { Peer, Received } from './peer.ts';

const test = suite('consent in memory', { deadlineMs: 60_000 });
const ok = { response: 'ok' };

/** plant → section → tag → alert → method, which uses a constant. */
interface Shop {
  readonly plant: string;
  readonly section: string;
  readonly tag: string;
  readonly alert: string;
  readonly method: string;
  readonly constant: string;
}

async function buildShop(world: ConsentWorld): Promise<Shop> {
  const plant = await world.create('objects', { attributes: { cn: 'plant' } });
  const section = await world.create('objects', { parentId: plant, attributes: { cn: 'section' } });
  const tag = await world.create('tags', { parentId: section, attributes: { cn: 'tag' } });
  const alert = await world.create('alerts', { parentId: tag, attributes: { cn: 'alert' } });
  const constant = await world.create('constants', { attributes: { cn: 'pi' } });
  const method = await world.create('methods', {
    parentId: alert,
    attributes: { cn: 'method', prsConstantId: [constant] },
  });
  return { plant, section, tag, alert, method, constant };
}

let world: ConsentWorld;
let shop: Shop;
test.before.each(async () => {
  world = new ConsentWorld();
  await world.open();
  shop = await buildShop(world);
});
test.after.each(async () => {
  await world.close();
});

async function none(...ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.is(await world.exists(id), false, `${id} is still there`);
}
async function all(...ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.is(await world.exists(id), true, `${id} has gone`);
}
async function nothingLeft(...more: readonly string[]): Promise<void> {
  assert.equal(await world.traces(...Object.values(shop), ...more), []);
}
function errorOf(answer: JsonObject): JsonObject {
  return (answer['error'] ?? {}) as JsonObject;
}

test('agreed: every dependant goes before what it depends on', async () => {
  assert.equal(await world.call('objects', 'delete', { id: shop.section }), {});
  await none(shop.section, shop.tag, shop.alert, shop.method);
  await all(shop.plant, shop.constant);
  assert.equal(
    world.happened('deleted').map(({ by }) => by),
    ['methods_model_crud', 'alerts_model_crud', 'tags_model_crud', 'objects_model_crud'],
  );
  await nothingLeft();
});

test('with the last user gone, the constant can go too', async () => {
  await world.call('methods', 'delete', { id: shop.method });
  assert.equal(await world.call('constants', 'delete', { id: shop.constant }), {});
  await nothingLeft();
});

test('refused: the constant is in use, who says so is named, and nothing has changed', async () => {
  const error = errorOf(await world.call('constants', 'delete', { id: shop.constant }));
  assert.equal([error['code'], error['name']], [409, 'refused']);
  const [refusal] = error['refusals'] as JsonObject[];
  assert.equal([refusal?.['service'], refusal?.['nodeId']], ['methods_model_crud', shop.constant]);
  await all(...Object.values(shop));
  await nothingLeft();
});

test('silence two services down is named at the root', async () => {
  const quiet = await world.peer({ service: 'quiet', exchange: 'alerts' });
  await quiet.subscribe(shop.alert);
  assert.equal(errorOf(await world.call('objects', 'delete', { id: shop.section }))['silent'], [
    'quiet',
  ]);
  await nothingLeft();
});

test('an old peer that is silent is named as well', async () => {
  const quiet = await world.peer({ service: 'quiet', exchange: 'objects', keys: ['quiet_key'] });
  await quiet.subscribeOld(shop.section, 'quiet_key');
  assert.equal(errorOf(await world.call('objects', 'delete', { id: shop.section }))['silent'], [
    'quiet_key',
  ]);
  await all(...Object.values(shop));
  await nothingLeft();
});

test('a voter that cannot be reached is a no that names it, long before the deadline', async () => {
  const away = await world.peer({ service: 'away', exchange: 'objects' });
  const nobody = await world.peer({ service: 'sender', exchange: 'objects' });
  void away;
  await nobody.subscribeOld(shop.section, 'nobody_listens_here');
  const startedMs = world.clock.now();
  const error = errorOf(await world.call('objects', 'delete', { id: shop.section }));
  assert.equal([error['unreachable'], error['silent']], [['nobody_listens_here'], []]);
  assert.ok(world.clock.now() - startedMs < 2_000);
  await all(...Object.values(shop));
  await nothingLeft();
});

test('an old peer answers a bare ok to both questions, and sees none of the new', async () => {
  const legacy = await world.peer({ service: 'legacy', exchange: 'tags', keys: ['legacy_key'] });
  await legacy.subscribeOld(shop.tag, 'legacy_key');
  legacy.always('mayDelete', ok);
  legacy.always('deleting', ok);
  assert.equal(await world.call('objects', 'delete', { id: shop.section }), {});
  assert.equal(
    legacy.received.map(({ action, data }) => [action, data]),
    [
      ['mayDelete', { id: shop.tag }],
      ['deleting', { id: shop.tag }],
    ],
  );
  await nothingLeft();
});

test('an old peer is asked after all others', async () => {
  const legacy = await world.peer({ service: 'legacy', exchange: 'objects', keys: ['legacy_key'] });
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await legacy.subscribeOld(shop.section, 'legacy_key');
  await voter.subscribe(shop.section);
  legacy.always('mayDelete', ok);
  legacy.always('deleting', ok);
  voter.always('deleting', ok);
  const answer = world.ask('objects', 'delete', { id: shop.section });
  const question = await voter.next('mayDelete');
  await world.waits(2_000);
  assert.is(legacy.received.length, 0);
  await voter.answer(question, ok);
  assert.equal(await world.until(answer), {});
  await nothingLeft();
});

test('old peers without a key share one broadcast question, which new peers ignore; each says who it is', async () => {
  const keys = ['objects_model_crud_publish'];
  const one = await world.peer({ service: 'one', exchange: 'objects', keys });
  const two = await world.peer({ service: 'two', exchange: 'objects', keys });
  await one.subscribeOld(shop.section);
  await two.subscribeOld(shop.section);
  for (const [peer, service] of [
    [one, 'one'],
    [two, 'two'],
  ] as const) {
    peer.always('mayDelete', { response: 'ok', service });
    peer.always('deleting', { response: 'ok', service });
  }
  assert.equal(await world.call('objects', 'delete', { id: shop.section }), {});
  await none(shop.section, shop.tag);
  await nothingLeft();
});

test('old peers that cannot be told apart count as silent', async () => {
  const keys = ['objects_model_crud_publish'];
  const one = await world.peer({ service: 'one', exchange: 'objects', keys });
  const two = await world.peer({ service: 'two', exchange: 'objects', keys });
  for (const peer of [one, two]) {
    await peer.subscribeOld(shop.section);
    peer.always('mayDelete', ok);
  }
  assert.equal(errorOf(await world.call('objects', 'delete', { id: shop.section }))['silent'], [
    'one',
    'two',
  ]);
  await nothingLeft();
});

test('an error in answer to `deleting` is not done: it is told again until it is', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await voter.subscribe(shop.section);
  voter.always('mayDelete', ok);
  const answer = world.ask('objects', 'delete', { id: shop.section });
  const first = await voter.next('deleting');
  await voter.answer(first, { error: { code: 500, message: 'broken' } });
  const second = await voter.next('deleting');
  await all(shop.section);
  assert.is(second.messageId, `${first.messageId}/again/1`);
  await voter.answer(second, ok);
  assert.equal(await world.until(answer), {});
  await nothingLeft();
});

test('an old peer that answers twice does not vote for the newcomer (full roster)', async () => {
  const legacy = await world.peer({ service: 'legacy', exchange: 'objects', keys: ['legacy_key'] });
  const late = await world.peer({ service: 'late', exchange: 'objects' });
  await legacy.subscribeOld(shop.section, 'legacy_key');
  const answer = world.ask('objects', 'delete', { id: shop.section });
  const question = await legacy.next('mayDelete');
  await late.subscribe(shop.section);
  await legacy.answer(question, ok);
  await late.next('mayDelete');
  await legacy.answer(question, ok);
  assert.equal(errorOf(await world.until(answer))['silent'], ['late']);
  await all(shop.section);
  await nothingLeft();
});

test('late after the decision: it still hears `deleting` before the node goes', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  const late = await world.peer({ service: 'late', exchange: 'objects', keys: ['late_key'] });
  await voter.subscribe(shop.section);
  voter.always('mayDelete', ok);
  late.always('deleting', ok);
  const answer = world.ask('objects', 'delete', { id: shop.section });
  const decision = await voter.next('deleting');
  await late.subscribeOld(shop.section, 'late_key');
  await voter.answer(decision, ok);
  await late.next('deleting');
  await world.until(answer);
  await nothingLeft();
});

test('parent and child at once: both succeed, and nothing is left of either', async () => {
  const answers = [
    world.ask('objects', 'delete', { id: shop.plant }),
    world.ask('objects', 'delete', { id: shop.section }),
    world.ask('tags', 'delete', { id: shop.tag }),
  ];
  assert.equal(await world.until(Promise.all(answers)), [{}, {}, {}]);
  await none(shop.plant, shop.section, shop.tag, shop.alert, shop.method);
  await nothingLeft();
});

test('the child goes while its parent is still being asked about: the parent goes on without it', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await voter.subscribe(shop.plant);
  voter.always('deleting', ok);
  const parent = world.ask('objects', 'delete', { id: shop.plant });
  const question = await voter.next('mayDelete');
  assert.equal(await world.call('objects', 'delete', { id: shop.section }), {});
  await none(shop.section, shop.tag, shop.alert, shop.method);
  await voter.answer(question, ok);
  assert.equal(await world.until(parent), {});
  await none(shop.plant);
  await nothingLeft();
});

test('the same node deleted twice at once: success for both, one `deleted`', async () => {
  const answers = [
    world.ask('objects', 'delete', { id: shop.section }),
    world.ask('objects', 'delete', { id: shop.section }),
  ];
  assert.equal(await world.until(Promise.all(answers)), [{}, {}]);
  const removed = world.happened('deleted').filter(({ by }) => by === 'objects_model_crud');
  assert.is(removed.filter(({ nodes }) => (nodes as JsonObject[]).length > 0).length, 1);
  await nothingLeft();
});

test('a create of the same class below a frozen node waits as well', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await voter.subscribe(shop.plant);
  const deletion = world.ask('objects', 'delete', { id: shop.plant });
  const question = await voter.next('mayDelete');
  const creation = world.ask('objects', 'create', {
    parentId: shop.section,
    attributes: { cn: 'late' },
  });
  await world.waits(1_000);
  await voter.answer(question, { response: 'no', message: 'no' });
  await world.until(deletion);
  assert.type((await world.until(creation))['id'], 'string');
  await nothingLeft();
});

test('a create that comes with the last dependant’s end keeps its subscription', async () => {
  const answers = await world.until(
    Promise.all([
      world.ask('alerts', 'delete', { id: shop.alert }),
      world.ask('alerts', 'create', { parentId: shop.tag, attributes: { cn: 'second' } }),
    ]),
  );
  const [deletion, creation] = answers;
  assert.equal(deletion, {});
  assert.type(creation?.['id'], 'string');
  await world.waits(1_000);
  assert.equal(await world.call('objects', 'delete', { id: shop.plant }), {});
  await none(shop.plant, shop.tag, String(creation?.['id']));
  await nothingLeft(String(creation?.['id']));
});

test('a name that is taken is answered, whether or not the create had to subscribe first', async () => {
  for (const [entity, data] of [
    ['objects', { attributes: { cn: 'plant' } }],
    ['tags', { parentId: shop.section, attributes: { cn: 'tag' } }],
  ] as const) {
    const answer = await world.call(entity, 'create', data);
    assert.equal([answer['id'], errorOf(answer)['name']], [null, 'name-taken']);
  }
  await nothingLeft();
});

test('an update is asked about, made and announced', async () => {
  const voter = await world.peer({
    service: 'voter',
    exchange: 'objects',
    keys: ['objects_model_crud_publish'],
  });
  await voter.subscribe(shop.section);
  voter.always('mayUpdate', ok);
  voter.always('updating', ok);
  assert.equal(
    await world.call('objects', 'update', { id: shop.section, attributes: { description: 'new' } }),
    {},
  );
  await voter.next('updated');
  const [found] = await world.read('search', { id: shop.section });
  assert.equal(found?.attributes['description'], ['new']);
  await nothingLeft();
});

test('an update the tree refuses is called off, not stuck', async () => {
  await world.create('objects', { parentId: shop.plant, attributes: { cn: 'taken' } });
  const error = errorOf(
    await world.call('objects', 'update', { id: shop.section, attributes: { cn: 'taken' } }),
  );
  assert.is(error['code'], 409);
  await nothingLeft();
});

test('an update and a deletion of one node exclude each other', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await voter.subscribe(shop.section);
  voter.always('updating', ok);
  const update = world.ask('objects', 'update', {
    id: shop.section,
    attributes: { description: 'new' },
  });
  const question = await voter.next('mayUpdate');
  const error = errorOf(await world.call('objects', 'delete', { id: shop.plant }));
  assert.is(error['code'], 423);
  await voter.answer(question, ok);
  assert.equal(await world.until(update), {});
  await nothingLeft();
});

// An owner played by the test.

test('in doubt a voter inquires: the owner knows nothing, so the promise is released', async () => {
  const sender = await world.peer({ service: 'sender', exchange: 'objects' });
  await sender.tell('tags_model_crud', 'mayDelete', shop.section, 'a-saga-nobody-knows');
  assert.equal((await sender.next('answer')).data, ok);
  assert.is.not((await world.traces(shop.section)).length, 0);
  await world.waits(16_000);
  await all(shop.tag);
  await nothingLeft();
});

test('an old owner’s promise ends after five minutes', async () => {
  const sender = await world.peer({ service: 'sender', exchange: 'objects' });
  await sender.tell('tags_model_crud', 'mayDelete', shop.section);
  assert.equal((await sender.next('answer')).data, ok);
  await world.waits(290_000);
  assert.is.not((await world.traces(shop.section)).length, 0);
  await world.waits(15_000);
  await nothingLeft();
});

test('an old owner’s `deleting` takes everything below it, after its own question', async () => {
  const sender = await world.peer({ service: 'sender', exchange: 'objects' });
  await sender.tell('tags_model_crud', 'mayDelete', shop.section);
  assert.equal((await sender.next('answer')).data, ok);
  await sender.tell('tags_model_crud', 'deleting', shop.section);
  assert.equal((await sender.next('answer')).data, ok);
  await none(shop.tag, shop.alert, shop.method);
  await nothingLeft();
});

test('a decision that its owner does not know removes nothing, with or without a saga', async () => {
  const sender = await world.peer({ service: 'sender', exchange: 'objects' });
  for (const saga of [undefined, 'a-saga-nobody-knows']) {
    await sender.tell('tags_model_crud', 'deleting', shop.section, saga);
    const { response, service } = (await sender.next('answer')).data;
    assert.equal([response, service], ['no', 'tags_model_crud']);
    await all(shop.section, shop.tag, shop.alert, shop.method);
  }
  await nothingLeft();
  assert.ok((await world.create('tags', { parentId: shop.section })) !== '');
});

test('a decision through the exchange of no owner is refused', async () => {
  const sender = await world.peer({ service: 'sender', exchange: 'tags' });
  for (const action of ['mayDelete', 'deleting']) {
    await sender.tell('tags_model_crud_consume', action, shop.section, 'evil');
    const { code, name } = errorOf((await sender.next('answer')).data);
    assert.equal([code, name], [403, 'not-permitted'], action);
  }
  await all(shop.section, shop.tag);
  await nothingLeft();
});

test('a question asked twice is answered twice, with the recorded answer', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'tags' });
  await voter.subscribe(shop.tag);
  voter.always('deleting', ok);
  const deletion = world.ask('objects', 'delete', { id: shop.section });
  const question = await voter.next('mayDelete');
  const again = await voter.next('mayDelete');
  assert.is(again.messageId, question.messageId);
  await voter.answer(question, ok);
  await voter.answer(again, ok);
  assert.equal(await world.until(deletion), {});
  await nothingLeft();
});

// Restarts: two voters played by the test hold the system in each state.

interface Held {
  readonly deletion: Promise<JsonObject>;
  readonly root: Peer;
  readonly leaf: Peer;
}

/** `root` votes about the plant, `leaf` about the tag. */
async function held(): Promise<Held> {
  const root = await world.peer({ service: 'root_voter', exchange: 'objects' });
  const leaf = await world.peer({ service: 'leaf_voter', exchange: 'tags' });
  await root.subscribe(shop.plant);
  await leaf.subscribe(shop.tag);
  return { deletion: world.ask('objects', 'delete', { id: shop.plant }), root, leaf };
}

async function agree(peer: Peer, question: Received): Promise<void> {
  await peer.answer(question, ok);
  await world.waits(200);
}

const services = [
  'objects_model_crud',
  'tags_model_crud',
  'alerts_model_crud',
  'methods_model_crud',
];

for (const service of services) {
  test(`${service} restarts in every state of a deletion, and it ends well`, async () => {
    const { deletion, root, leaf } = await held();
    const rootQuestion = await root.next('mayDelete');
    const leafQuestion = await leaf.next('mayDelete');
    await world.restart(service);
    await agree(leaf, leafQuestion);
    await world.restart(service);
    await agree(root, rootQuestion);
    const leafDecision = await leaf.next('deleting');
    await world.restart(service);
    await agree(leaf, leafDecision);
    const rootDecision = await root.next('deleting');
    await world.restart(service);
    await agree(root, rootDecision);
    await world.until(deletion);
    await none(shop.plant, shop.section, shop.tag, shop.alert, shop.method);
    await nothingLeft();
  });

  test(`${service} is down while it is called off, and comes back to nothing left`, async () => {
    const { deletion, root, leaf } = await held();
    await agree(leaf, await leaf.next('mayDelete'));
    const rootQuestion = await root.next('mayDelete');
    await world.stop(service);
    await root.answer(rootQuestion, { response: 'no', message: 'no' });
    await world.waits(12_000);
    await world.start(service);
    await world.until(deletion);
    await world.waits(60_000);
    await all(...Object.values(shop));
    await nothingLeft();
  });
}

test('a service that is down at the decision does its part when it is back', async () => {
  const { deletion, root, leaf } = await held();
  leaf.always('deleting', ok);
  root.always('deleting', ok);
  await agree(leaf, await leaf.next('mayDelete'));
  const rootQuestion = await root.next('mayDelete');
  await world.stop('tags_model_crud');
  await root.answer(rootQuestion, ok);
  await world.waits(100_000);
  await all(shop.plant, shop.tag);
  await world.start('tags_model_crud');
  await world.until(deletion);
  await none(shop.plant, shop.tag);
  await nothingLeft();
});

test('a promise outlives any silence of its owner, and ends with the owner’s word', async () => {
  const { deletion, root, leaf } = await held();
  await agree(leaf, await leaf.next('mayDelete'));
  await root.next('mayDelete');
  await world.stop('objects_model_crud');
  await world.waits(100_000);
  const promised = (await world.traces(shop.section)).filter((trace) =>
    trace.startsWith('tags_model_crud promised'),
  );
  assert.is(promised.length, 1);
  await world.start('objects_model_crud');
  assert.is(errorOf(await world.until(deletion))['code'], 409);
  await world.waits(60_000);
  await nothingLeft();
});

test('a create survives a restart while it waits', async () => {
  const voter = await world.peer({ service: 'voter', exchange: 'objects' });
  await voter.subscribe(shop.section);
  const deletion = world.ask('objects', 'delete', { id: shop.section });
  const question = await voter.next('mayDelete');
  const creation = world.ask('tags', 'create', {
    parentId: shop.section,
    attributes: { cn: 'late' },
  });
  await world.waits(300);
  await world.restart('tags_model_crud');
  await world.restart('objects_model_crud');
  await voter.answer(question, { response: 'no', message: 'no' });
  await world.until(deletion);
  assert.type((await world.until(creation))['id'], 'string');
  await nothingLeft();
});

test.run();
