/** Diamonds and cycles of dependence, made by references between entities (`docs/protocol.md`). */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import { cycle, diamond, shapeChanges } from './shapes.ts';

const test = suite('consent in shapes', { deadlineMs: 60_000 });
const ok = { response: 'ok' };

let world: ConsentWorld;
test.before.each(async () => {
  world = new ConsentWorld(shapeChanges);
  await world.open();
});
test.after.each(async () => {
  await world.close();
});

async function goes(...ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.is(await world.exists(id), false, `${id} is still there`);
  assert.equal(await world.traces(...ids), []);
}
async function stays(...ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.is(await world.exists(id), true, `${id} has gone`);
  assert.equal(await world.traces(...ids), []);
}

test('diamond: the method is reached over the tag and over the alert, and goes once', async () => {
  const ids = await diamond(world);
  assert.equal(await world.call('objects', 'delete', { id: ids[0] ?? '' }), {});
  await goes(...ids);
  assert.is(world.happened('deleted').filter(({ by }) => by === 'methods_model_crud').length, 1);
});

test('diamond: from its middle', async () => {
  const [plant = '', tag = '', alert = '', method = ''] = await diamond(world);
  assert.equal(await world.call('alerts', 'delete', { id: alert }), {});
  await goes(alert, method);
  await stays(plant, tag);
});

test('diamond: refused below, nothing has changed', async () => {
  const ids = await diamond(world);
  const hold = await world.peer({ service: 'hold', exchange: 'methods' });
  await hold.subscribe(ids[3] ?? '');
  hold.always('mayDelete', { response: 'no', message: 'hold' });
  const { error } = await world.call('objects', 'delete', { id: ids[0] ?? '' });
  assert.equal((error as JsonObject)['refusals'], [
    { service: 'hold', nodeId: ids[3], reason: 'hold' },
  ]);
  await stays(...ids);
});

test('diamond: the methods’ service restarts while its dependants are asked', async () => {
  const ids = await diamond(world);
  const voter = await world.peer({ service: 'voter', exchange: 'methods' });
  await voter.subscribe(ids[3] ?? '');
  voter.always('deleting', ok);
  const deletion = world.ask('objects', 'delete', { id: ids[0] ?? '' });
  const question = await voter.next('mayDelete');
  await world.restart('methods_model_crud');
  await voter.answer(question, ok);
  assert.equal(await world.until(deletion), {});
  await goes(...ids);
});

for (const inside of [true, false]) {
  const where = inside ? 'inside what is deleted' : 'elsewhere';
  test(`cycle: an object ${where} that refers to a tag: the root’s own service is asked back, and answers`, async () => {
    const ids = await cycle(world, inside);
    const startedMs = world.clock.now();
    assert.equal(await world.call('objects', 'delete', { id: ids[0] ?? '' }), {});
    assert.ok(world.clock.now() - startedMs < 2_000, 'without waiting for a deadline');
    await goes(...ids);
  });

  test(`cycle: ${where}, refused: all is released`, async () => {
    const ids = await cycle(world, inside);
    const hold = await world.peer({ service: 'hold', exchange: 'tags' });
    await hold.subscribe(ids[3] ?? '');
    hold.always('mayDelete', { response: 'no', message: 'hold' });
    const { error } = await world.call('objects', 'delete', { id: ids[0] ?? '' });
    assert.is((error as JsonObject)['code'], 409);
    await stays(...ids);
  });
}

test('two deletions that ask each other’s services at once both end', async () => {
  const [plant = '', tag = '', view = '', below = ''] = await cycle(world, false);
  const answers = await world.until(
    Promise.all([
      world.ask('objects', 'delete', { id: plant }),
      world.ask('objects', 'delete', { id: view }),
    ]),
  );
  assert.equal(answers, [{}, {}]);
  await goes(plant, tag, view, below);
});

test('deletions at every level at once all succeed', async () => {
  const ids = await diamond(world);
  const [plant = '', tag = '', alert = '', method = ''] = ids;
  const asked = [
    world.ask('methods', 'delete', { id: method }),
    world.ask('alerts', 'delete', { id: alert }),
    world.ask('tags', 'delete', { id: tag }),
    world.ask('objects', 'delete', { id: plant }),
  ];
  assert.equal(await world.until(Promise.all(asked)), [{}, {}, {}, {}]);
  await goes(...ids);
});

test.run();
