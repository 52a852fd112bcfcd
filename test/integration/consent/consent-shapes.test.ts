/** Diamonds and cycles of dependence, made by references between entities: rules 5 and 6 of protocol.md §1. */
import type { JsonObject } from '../../../runtime/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { type ConfigChange, ConsentWorld } from './consent-world.ts';

const test = suite('consent in shapes', { deadlineMs: 60_000 });
const ok = { response: 'ok' };

/** Adds a reference that makes the referring node go along, and the subscription it needs. */
function refersTo(entity: string, objectClass: string, attribute: string): ConfigChange {
  return (config) => {
    const hierarchy = config['hierarchy'] as JsonObject;
    const references = { ...((hierarchy['references'] ?? {}) as JsonObject), [attribute]: { entity, on_delete: 'delete' } };
    const upstream = {
      publish: { name: entity, type: 'direct', routing_key: `${entity}_model_crud_consume` },
      consume: { name: entity, type: 'direct', routing_key: `${entity}_model_crud_publish` },
      class: objectClass,
    };
    return {
      ...config,
      hierarchy: { ...hierarchy, references },
      subscribe: { ...((config['subscribe'] ?? {}) as JsonObject), [entity]: upstream },
    };
  };
}

/** Methods may refer to alerts, objects to tags: objects → tags → alerts → methods, tags → methods, tags → objects. */
const changes = {
  methods_model_crud: refersTo('alerts', 'prsAlert', 'prsAlertId'),
  objects_model_crud: refersTo('tags', 'prsTag', 'prsTagId'),
};

let world: ConsentWorld;
test.before.each(async () => {
  world = new ConsentWorld(changes);
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

/** A method below a tag that refers to an alert below the same tag. */
async function diamond(): Promise<readonly string[]> {
  const plant = await world.create('objects', { attributes: { cn: 'plant' } });
  const tag = await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
  const alert = await world.create('alerts', { parentId: tag, attributes: { cn: 'alert' } });
  const method = await world.create('methods', { parentId: tag, attributes: { cn: 'method', prsAlertId: [alert] } });
  return [plant, tag, alert, method];
}

/** An object that refers to a tag below another one: asked about tags, objects are asked back. */
async function cycle(inside: boolean): Promise<readonly string[]> {
  const plant = await world.create('objects', { attributes: { cn: 'plant' } });
  const tag = await world.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
  const view = await world.create('objects', { ...(inside ? { parentId: plant } : {}), attributes: { cn: 'view', prsTagId: [tag] } });
  const below = await world.create('tags', { parentId: view, attributes: { cn: 'below' } });
  return [plant, tag, view, below];
}

test('diamond: the method is reached over the tag and over the alert, and goes once', async () => {
  const ids = await diamond();
  assert.equal(await world.call('objects', 'delete', { id: ids[0] ?? '' }), {});
  await goes(...ids);
  assert.is(world.happened('deleted').filter(({ by }) => by === 'methods_model_crud').length, 1);
});

test('diamond: from its middle', async () => {
  const [plant = '', tag = '', alert = '', method = ''] = await diamond();
  assert.equal(await world.call('alerts', 'delete', { id: alert }), {});
  await goes(alert, method);
  await stays(plant, tag);
});

test('diamond: refused below, nothing has changed', async () => {
  const ids = await diamond();
  const hold = await world.peer({ service: 'hold', exchange: 'methods' });
  await hold.subscribe(ids[3] ?? '');
  hold.always('mayDelete', { response: 'no', message: 'hold' });
  const { error } = await world.call('objects', 'delete', { id: ids[0] ?? '' });
  assert.equal((error as JsonObject)['refusals'], [{ service: 'hold', nodeId: ids[3], reason: 'hold' }]);
  await stays(...ids);
});

test('diamond: whoever is below is asked once and told once', async () => {
  const ids = await diamond();
  const voter = await world.peer({ service: 'voter', exchange: 'methods' });
  await voter.subscribe(ids[3] ?? '');
  voter.always('mayDelete', ok);
  voter.always('deleting', ok);
  assert.equal(await world.call('objects', 'delete', { id: ids[0] ?? '' }), {});
  assert.equal(
    voter.received.map(({ action }) => action),
    ['mayDelete', 'deleting'],
  );
  await goes(...ids);
});

test('diamond: the methods’ service restarts while its dependants are asked', async () => {
  const ids = await diamond();
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
    const ids = await cycle(inside);
    const startedMs = world.clock.now();
    assert.equal(await world.call('objects', 'delete', { id: ids[0] ?? '' }), {});
    assert.ok(world.clock.now() - startedMs < 2_000, 'without waiting for a deadline');
    await goes(...ids);
  });

  test(`cycle: ${where}, refused: all is released`, async () => {
    const ids = await cycle(inside);
    const hold = await world.peer({ service: 'hold', exchange: 'tags' });
    await hold.subscribe(ids[3] ?? '');
    hold.always('mayDelete', { response: 'no', message: 'hold' });
    const { error } = await world.call('objects', 'delete', { id: ids[0] ?? '' });
    assert.is((error as JsonObject)['code'], 409);
    await stays(...ids);
  });
}

test('two deletions that ask each other’s services at once both end', async () => {
  const [plant = '', tag = '', view = '', below = ''] = await cycle(false);
  const answers = await world.until(
    Promise.all([world.ask('objects', 'delete', { id: plant }), world.ask('objects', 'delete', { id: view })]),
  );
  assert.equal(answers, [{}, {}]);
  await goes(plant, tag, view, below);
});

test('deletions at every level at once all succeed', async () => {
  const ids = await diamond();
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
