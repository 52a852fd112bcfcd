/**
 * The overrides of operators ("Operators" in `docs/protocol.md`) on the real services over memory. Each
 * override is taken only in the states that allow it, is recorded, and leaves no work behind.
 */
import { ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { Entity } from './entity-configs.ts';
import type { Peer } from './peer.ts';

const test = suite('operators', { deadlineMs: 60_000 });
const ok = { response: 'ok' };
const audit = { by: 'ada', why: 'the plant is sold' };

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

async function subscribed(exchange: Entity, nodeId: string, service = 'voter'): Promise<Peer> {
  const peer = await world.peer({ service, exchange });
  await peer.subscribe(nodeId);
  return peer;
}
/** Id of the saga under way. */
function saga(): string {
  return world.lines.find(({ line }) => line['what'] === 'engaged')?.topic ?? '';
}
function errorOf(answer: JsonObject): JsonObject {
  return (answer['error'] ?? {}) as JsonObject;
}
async function nothingLeft(): Promise<void> {
  assert.equal(await world.traces(plant, tag), []);
}
/** Who did it and why, as the lines of the saga tell. */
function audited(operation: string): readonly JsonObject[] {
  const lines = world.lines.filter(
    ({ topic, line }) => topic === saga() && line['operation'] === operation,
  );
  return lines.map(({ line }) => ({ by: line['by'] ?? null, why: line['why'] ?? null }));
}

test('cancel: a saga that asks is called off, and the requester hears by whom and why', async () => {
  const voter = await subscribed('objects', plant);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await voter.next('mayDelete');
  assert.equal(await world.call('objects', 'cancel', { saga: saga(), ...audit }), {});
  assert.equal(errorOf(await world.until(deletion))['cancelled'], audit);
  await voter.next('notDeleted');
  assert.equal(audited('cancel'), [audit]);
  await nothingLeft();
});

test('cancel after the decision is refused: there is no way back', async () => {
  const voter = await subscribed('objects', plant);
  voter.always('mayDelete', ok);
  const deletion = world.ask('objects', 'delete', { id: plant });
  const decision = await voter.next('deleting');
  assert.equal(
    errorOf(await world.call('objects', 'cancel', { saga: saga(), ...audit }))['code'],
    409,
  );
  await voter.answer(decision, ok);
  assert.equal(await world.until(deletion), {});
  await nothingLeft();
});

test('cancel at a voter that still asks withdraws its part: the owner hears a no with the reason', async () => {
  const voter = await subscribed('tags', tag);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await voter.next('mayDelete');
  assert.equal(await world.call('tags', 'cancel', { saga: saga(), ...audit }), {});
  const [refusal] = errorOf(await world.until(deletion))['refusals'] as JsonObject[];
  assert.equal(
    [refusal?.['service'], refusal?.['reason']],
    ['tags_model_crud', 'ada withdrew it: the plant is sold'],
  );
  await nothingLeft();
});

test('skip: after the decision the saga stops waiting for one voter, which is told once more', async () => {
  const voter = await subscribed('objects', plant);
  voter.always('mayDelete', ok);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await voter.next('deleting');
  const before = voter.received.length;
  assert.equal(await world.call('objects', 'skip', { saga: saga(), voter: 'voter', ...audit }), {});
  assert.equal(await world.until(deletion), {});
  assert.ok(voter.received.length > before, 'the message still reaches it');
  assert.is(await world.exists(plant), false);
  assert.equal(world.happened('skipped')[0]?.['voter'], 'voter');
  assert.equal(audited('skip'), [audit]);
  await nothingLeft();
});

test('skip reaches the part of a voter too', async () => {
  const voter = await subscribed('tags', tag);
  voter.always('mayDelete', ok);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await voter.next('deleting');
  assert.equal(await world.call('tags', 'skip', { saga: saga(), voter: 'voter', ...audit }), {});
  assert.equal(await world.until(deletion), {});
  await nothingLeft();
});

for (const [entity, whose] of [
  ['objects', 'the owner'],
  ['tags', 'a voter'],
] as const) {
  test(`skip at ${whose} where something else stands in the way: the operator is told what, and may say it again`, async () => {
    const about = entity === 'objects' ? plant : tag;
    const voter = await subscribed(entity, about);
    voter.always('mayDelete', ok);
    const deletion = world.ask('objects', 'delete', { id: plant });
    await voter.next('deleting');
    const clear = await world.obstruct(about);
    const word = { saga: saga(), voter: 'voter', ...audit };
    assert.is(errorOf(await world.call(entity, 'skip', word))['name'], 'in-use');
    assert.equal(
      [audited('skip'), world.happened('skipped'), await world.exists(about)],
      [[], [], true],
    );
    await clear();
    assert.equal(await world.call(entity, 'skip', word), {});
    assert.equal(await world.until(deletion), {});
    assert.equal(audited('skip'), [audit]);
    await nothingLeft();
  });
}

test('skip before the decision, or of whom nobody waits for, is refused', async () => {
  const voter = await subscribed('objects', plant);
  const deletion = world.ask('objects', 'delete', { id: plant });
  const question = await voter.next('mayDelete');
  assert.is(
    errorOf(await world.call('objects', 'skip', { saga: saga(), voter: 'voter', ...audit }))[
      'code'
    ],
    409,
  );
  assert.is(
    errorOf(await world.call('objects', 'skip', { saga: saga(), voter: 'nobody', ...audit }))[
      'code'
    ],
    404,
  );
  await voter.answer(question, { response: 'no', message: 'no' });
  await world.until(deletion);
  await nothingLeft();
});

test('retire: the subscriber leaves every list, the saga that asks it is called off, and a retry goes without it', async () => {
  const dead = await subscribed('objects', plant, 'dead');
  const deletion = world.ask('objects', 'delete', { id: plant });
  await dead.next('mayDelete');
  const answer = await world.call('objects', 'retire', { service: 'dead', ...audit });
  assert.equal(answer, { retired: 1, calledOff: [saga()], waiting: [] });
  assert.is(errorOf(await world.until(deletion))['code'], 409);
  assert.equal(await world.call('objects', 'delete', { id: plant }), {});
  await nothingLeft();
});

test('retire names the sagas that have decided and wait for it still', async () => {
  const dead = await subscribed('objects', plant, 'dead');
  dead.always('mayDelete', ok);
  const deletion = world.ask('objects', 'delete', { id: plant });
  await dead.next('deleting');
  assert.equal(await world.call('objects', 'retire', { service: 'dead', ...audit }), {
    retired: 1,
    calledOff: [],
    waiting: [saga()],
  });
  dead.always('deleting', ok);
  assert.equal(await world.until(deletion), {});
  await nothingLeft();
});

test('release: a promise goes only when its owner has been asked in vain', async () => {
  const owner = await world.peer({ service: 'owner', exchange: 'objects' });
  await owner.tell('tags_model_crud', 'mayDelete', plant, 'lost');
  await owner.next('answer');
  assert.is(errorOf(await world.call('tags', 'release', { saga: 'lost', ...audit }))['code'], 409);
  await world.stop('objects_model_crud');
  await world.waits(16_000);
  assert.equal(await world.call('tags', 'release', { saga: 'lost', ...audit }), {});
  await world.start('objects_model_crud');
  await nothingLeft();
});

test('release: where no actor has the promise any more, what the ledger still holds is dropped', async () => {
  const args = {
    saga: 'lost',
    service: 'tags_model_crud',
    mode: 'D',
    nodeIds: [plant],
    state: 'ok',
  } as const;
  await world.apply(ledgerWrite('promise', args, null));
  const parked = world.ask('tags', 'create', { parentId: plant, attributes: { cn: 'new' } });
  await world.waits(1_000);
  assert.equal(await world.call('tags', 'release', { saga: 'lost', ...audit }), {});
  assert.is(typeof (await world.until(parked))['id'], 'string');
  const lines = world.lines.filter(
    ({ topic, line }) => topic === 'lost' && line['operation'] === 'release',
  );
  assert.equal(
    lines.map(({ line }) => [line['by'], line['why']]),
    [['ada', 'the plant is sold']],
  );
  await nothingLeft();
});

test('release: where no actor has it, what is decided stays: there is no way back', async () => {
  const { nodes } = await world.read('roster', { nodeIds: [tag] });
  const decided = { saga: 'lost', service: 'tags_model_crud', nodeIds: [tag] };
  const epochs = { epochs: { [tag]: nodes[0]?.epoch ?? 0 } };
  const frozen = { ...decided, mode: 'D', above: [], through: [plant] } as const;
  await world.apply(ledgerWrite('freeze', frozen, epochs), ledgerWrite('decide', decided, epochs));
  assert.equal(await world.call('tags', 'release', { saga: 'lost', ...audit }), {});
  const [part] = await world.read('sagas', { service: 'tags_model_crud', saga: 'lost' });
  assert.equal(part?.states, ['decided']);
});

test('cancel: an operation that waits for its turn holds nothing, is listed, and is called off', async () => {
  const voter = await subscribed('objects', plant);
  for (const action of ['updating', 'notUpdated']) voter.always(action, ok);
  const update = (description: string, more: JsonObject = {}) =>
    world.ask('objects', 'update', { id: plant, attributes: { description }, ...more });
  const first = update('first');
  const question = await voter.next('mayUpdate');
  const refused = errorOf(await world.until(update('second')));
  await voter.answer(question, ok);
  assert.equal(await world.until(first), {});
  const third = update('third');
  const thirdQuestion = await voter.next('mayUpdate');
  const waiting = update('second', { retry_of: refused['saga'] ?? null });
  await world.waits(500);
  const parts = await world.read('sagas', { service: 'objects_model_crud' });
  const [part] = parts.filter(({ states }) => states.includes('waiting'));
  assert.equal([parts.length, part?.role, part?.nodeIds], [2, 'owner', [plant]]);
  assert.equal(await world.call('objects', 'cancel', { saga: part?.saga ?? '', ...audit }), {});
  assert.equal(errorOf(await world.until(waiting))['cancelled'], audit);
  await voter.answer(thirdQuestion, ok);
  assert.equal(await world.until(third), {});
  assert.equal(await world.read('sagas', { service: 'objects_model_crud' }), []);
  await nothingLeft();
});

test('an operation on a saga nobody knows, or without a reason, is refused', async () => {
  assert.is(
    errorOf(await world.call('objects', 'cancel', { saga: 'unknown', ...audit }))['code'],
    404,
  );
  assert.is(
    errorOf(await world.call('objects', 'cancel', { saga: 'unknown', by: 'ada' }))['name'],
    'bad-message',
  );
  await nothingLeft();
});

test.run();
