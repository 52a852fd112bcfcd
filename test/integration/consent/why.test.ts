/** `why` over the real services and their stored rows: from the symptom to whom to look at, also when a process is stopped. */
import { serviceKindOf } from '../../../actors/catalog.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import { why } from '../../../composition/why.ts';
import type { ActorWhy, NodeWhy, SagaWhy, Why } from '../../../composition/why-documents.ts';
import { whySources } from '../../../composition/why-sources.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import { configOf, type Entity, entities, serviceOf } from './entity-configs.ts';
import type { Peer } from './peer.ts';

const test = suite('why', { deadlineMs: 60_000 });
const ok = { response: 'ok' };

let world: ConsentWorld;
let plant: string;
let tag: string;
test.before.each(async () => {
  world = new ConsentWorld();
  await world.open();
  plant = await world.create('objects', { attributes: { cn: 'plant' } });
  tag = await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
});
test.after.each(async () => {
  await world.close();
});

/** Only the stored rows are read; whether a process runs makes no difference. */
function ask(subject: string, now = () => world.clock.now()): Promise<Why> {
  const locks = new MemoryLocks(world.clock);
  const store = (name: string) => (name === ledgerStoreName ? world.ledger : world.store);
  const definitions = entities.map((entity) => {
    const config = configOf(serviceOf(entity));
    return serviceKindOf(config).define(config, { store, locks });
  });
  const journals = new Map(definitions.map(({ name }) => [name, world.journal]));
  return why(subject, whySources(definitions, journals, now));
}

function saga(): string {
  return (
    world.lines.find(({ line }) => ['engaged', 'waiting'].includes(String(line['what'])))?.topic ??
    ''
  );
}

async function subscribed(exchange: Entity, nodeId: string, service = 'voter'): Promise<Peer> {
  const peer = await world.peer({ service, exchange });
  await peer.subscribe(nodeId);
  return peer;
}

function statesOf({ voters }: SagaWhy): readonly (readonly string[])[] {
  return voters.map(({ service, state }) => [service, state]).sort();
}

test('a vote: who was asked, who has answered, until when, and what then; found by the node too', async () => {
  const [kind, mute] = [
    await subscribed('objects', plant, 'kind'),
    await subscribed('objects', plant, 'mute'),
  ];
  kind.always('mayDelete', ok);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await mute.next('mayDelete');
  await world.eventually(async () => world.happened('voted').length > 1);
  const found = (await ask(saga())) as SagaWhy;
  assert.equal(
    [found.state, found.owner, found.blockers],
    ['asking', 'objects_model_crud', ['mute']],
  );
  assert.equal(statesOf(found), [
    ['kind', 'ok'],
    ['mute', 'asked'],
    ['tags_model_crud', 'ok'],
  ]);
  assert.is((found.untilMs ?? 0) - (found.sinceMs ?? 0), 10_000);
  assert.match(found.next ?? '', /silence calls the saga off/);
  const cancel = found.operations.find(({ command }) => command === `sagas cancel ${found.saga}`);
  assert.is(cancel?.allowed, true);
  const node = (await ask(plant)) as NodeWhy;
  assert.equal(
    [node.kind, node.state, node.sagas.map(({ blockers }) => blockers)],
    ['node', 'held', [['mute']]],
  );
  await world.until(deletion);
  const over = (await ask(found.saga)) as SagaWhy;
  assert.equal(
    [over.state, over.blockers, over.parts, over.operations],
    ['called off', [], [], []],
  );
  assert.match(over.text, /mute was silent/);
  const free = (await ask(plant)) as NodeWhy;
  assert.equal([free.state, free.sagas, free.calledOff?.saga], ['free', [], found.saga]);
  const aDayLater = () => world.clock.now() + 86_400_001;
  assert.is(((await ask(plant, aDayLater)) as NodeWhy).calledOff, null);
});

test('an answer that is no vote is told with what it said', async () => {
  const voter = await subscribed('objects', plant);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await voter.answer(await voter.next('mayDelete'), { response: 'maybe' });
  await world.eventually(async () => world.happened('malformed').length > 0);
  const found = (await ask(saga())) as SagaWhy;
  const malformed = found.voters.find(({ service }) => service === 'voter');
  assert.is(malformed?.state, 'malformed');
  assert.match(malformed?.reason ?? '', /maybe/);
  assert.equal(found.blockers, ['voter']);
  await world.until(deletion);
});

test('a stopped voter after the decision: the blocker is named, whichever service asks it, and only its skip is offered', async () => {
  const voter = await subscribed('tags', tag);
  voter.always('mayDelete', ok);
  // The caller gives up before the voter is back.
  world.ask('objects', 'delete', { id: plant }).catch(() => undefined);
  await voter.next('deleting');
  await world.waits(130_000);
  // Owner and voter are dead: their rows tell all the same.
  await world.kill('objects_model_crud');
  await world.kill('tags_model_crud');
  const found = (await ask(plant)) as NodeWhy;
  const [why] = found.sagas;
  assert.equal([why?.state, why?.blockers], ['decided', ['voter']]);
  const waits = why?.parts.map(({ service, role, reasons }) => [
    service,
    role,
    reasons.at(-1)?.waitsFor,
  ]);
  assert.equal(waits, [
    ['objects_model_crud', 'owner', ['tags_model_crud']],
    ['tags_model_crud', 'voter', ['voter']],
  ]);
  assert.match(why?.next ?? '', /for ever/);
  const skips = why?.operations.filter(({ command }) => command.startsWith('sagas skip'));
  assert.equal(
    skips?.map(({ command, allowed }) => [command, allowed]),
    [[`sagas skip ${why?.saga} voter`, true]],
  );
  assert.ok(
    why?.operations.some(
      ({ command }) => command === 'sagas retire voter --service tags_model_crud',
    ),
  );
  assert.ok(world.clock.now() - (why?.sinceMs ?? 0) >= 130_000);
  await world.start('tags_model_crud');
  await world.start('objects_model_crud');
  voter.always('deleting', ok);
  await voter.answer(await voter.next('deleting'), ok);
  await world.eventually(async () => !(await world.exists(plant)));
});

test('a voter that has promised waits for its owner, and asks the owner in doubt', async () => {
  await world.dieAfter('objects_model_crud', 'voted');
  const slow = await subscribed('objects', plant, 'slow');
  const deletion = world.ask('objects', 'delete', { id: plant }).catch(() => ({}));
  await slow.next('mayDelete');
  await world.died('objects_model_crud');
  const id = world.lines.find(({ line }) => line['what'] === 'promised')?.topic ?? '';
  const found = (await ask(id)) as SagaWhy;
  const part = found.parts.find(({ role }) => role === 'voter');
  assert.match(
    part?.reasons[0]?.text ?? '',
    new RegExp(`has promised ${plant}.*decision of the owner`),
  );
  assert.match(part?.reasons[0]?.next ?? '', /asks the owner/);
  await world.start('objects_model_crud');
  await world.until(deletion);
});

test('a request that waits for its turn names the saga that holds the node', async () => {
  const voter = await subscribed('objects', plant);
  const update = (description: string, more: JsonObject = {}) =>
    world.ask('objects', 'update', { id: plant, attributes: { description }, ...more });
  const first = update('first');
  const question = await voter.next('mayUpdate');
  // The younger saga is refused. Its age makes a retry older than the saga that follows.
  const { error } = await world.until(update('second'));
  await voter.answer(question, ok);
  await voter.answer(await voter.next('updating'), ok);
  await world.until(first);
  const third = update('third');
  await voter.next('mayUpdate');
  const retry = update('second', { retry_of: (error as JsonObject)['saga'] ?? null });
  await world.eventually(async () =>
    ((await ask(plant)) as NodeWhy).sagas.some(({ state }) => state === 'waiting'),
  );
  const { sagas } = (await ask(plant)) as NodeWhy;
  const waiting = sagas.find(({ state }) => state === 'waiting');
  const holder = sagas.find(({ state }) => state === 'asking');
  assert.equal(
    waiting?.holders.map(({ saga: held, mode }) => [held, mode]),
    [[holder?.saga, 'U']],
  );
  assert.match(waiting?.text ?? '', new RegExp(`held: ${plant} by ${holder?.saga}`));
  assert.match(waiting?.next ?? '', /504/);
  await world.until(Promise.all([third, retry]));
});

test('a removal that something blocks is told with the obstacle', async () => {
  const voter = await subscribed('objects', plant);
  voter.always('mayDelete', ok);
  const deletion = world.ask('objects', 'delete', { id: plant });
  const decision = await voter.next('deleting');
  const clear = await world.obstruct(plant);
  await voter.answer(decision, ok);
  await world.eventually(async () => world.happened('blocked').length > 0);
  const found = (await ask(saga())) as SagaWhy;
  assert.equal([found.state, found.blockers], ['decided', ['objects_model_crud']]);
  assert.match(found.text, /something stands in the way/);
  assert.match(found.error?.text ?? '', /below/);
  await clear();
  assert.equal(await world.until(deletion), {});
});

test('a node that nobody deletes: who is subscribed; a deleted one is gone; an unknown id is refused', async () => {
  await subscribed('objects', plant);
  const node = (await ask(plant)) as NodeWhy;
  assert.equal(
    [node.state, node.owner, node.cn, node.subscribers.map(({ service }) => service).sort()],
    ['free', 'objects_model_crud', 'plant', ['tags_model_crud', 'voter']],
  );
  assert.equal(await ask(plant.toUpperCase()), node);
  await world.call('tags', 'delete', { id: tag });
  const gone = (await ask(tag)) as NodeWhy;
  const { saga: deleter, service, requestedBy } = gone.deletion ?? {};
  const line = world.lines.find(({ line: { what } }) => what === 'deleted');
  assert.equal(
    [gone.state, gone.cn, gone.owner, deleter, service, gone.deletion?.atMs],
    ['gone', 'tag', 'tags_model_crud', line?.topic, 'tags_model_crud', line?.atMs],
  );
  assert.type(requestedBy, 'string');
  // The tombstone goes before the history.
  await world.journal.prune('tombstones', Number.POSITIVE_INFINITY, 100);
  assert.equal(await ask(tag), gone);
  await assert.rejects(() => ask('nobody'), /no saga, node, card or actor has the id nobody/);
});

test('an actor is found by its key, and by service, machine and key', async () => {
  for (const subject of ['objects', 'objects_model_crud/base-node/objects']) {
    const { kind, address, reasons } = (await ask(subject)) as ActorWhy;
    assert.equal(
      [kind, address, reasons.length],
      ['actor', { service: 'objects_model_crud', machine: 'base-node', key: 'objects' }, 1],
    );
  }
});

test.run();
