/** Services whose configs have the forms of older configs: names of actions, keys, queues and parents. */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import type { ConfigChange } from './entity-configs.ts';

const test = suite('forms of older configs');
let world: ConsentWorld;

const ok = { response: 'ok' };
const inside = (config: JsonObject, key: string) => config[key] as JsonObject;

/** Facts under two keys; actions with the entity before them. */
const prefixedObjects: ConfigChange = (config) => {
  const main = inside(inside(config, 'publish'), 'main');
  return {
    ...config,
    publish: { main: { ...main, routing_key: ['objects_model_crud_publish', 'journal'] } },
    action_prefix: 'objects',
  };
};

/** One queue, whose name stands in `exchanges.main`. */
const oneQueueTags: ConfigChange = (config) => {
  const { queue, ...main } = inside(inside(config, 'consume'), 'main');
  const objects = inside(inside(config, 'subscribe'), 'objects');
  return {
    ...config,
    consume: { exchanges: { main: { ...main, queue_name: queue ?? '' } } },
    subscribe: { objects: { ...objects, action_prefix: 'objects' } },
  };
};

/** No base node, and parents of each subscribed entity. */
const anywhere: ConfigChange = (config) => ({
  ...config,
  hierarchy: { ...inside(config, 'hierarchy'), node: '', parent_classes: '' },
});

test.before.each(async () => {
  world = new ConsentWorld({
    objects_model_crud: prefixedObjects,
    tags_model_crud: oneQueueTags,
    methods_model_crud: anywhere,
  });
  await world.open();
});
test.after.each(() => world.close());

const errorOf = (answer: JsonObject) => answer['error'] as JsonObject | undefined;

test('action_prefix: a handler named objects.mayDelete is asked, and hears the facts', async () => {
  const keys = ['old_key', 'objects_model_crud_publish'];
  const old = await world.peer({ service: 'old', exchange: 'objects', keys });
  for (const action of ['mayUpdate', 'updating', 'mayDelete', 'deleting'])
    old.always(`objects.${action}`, ok);
  const id = await world.create('objects', { attributes: { cn: 'pump' } });
  await old.subscribeOld(id, 'old_key');
  await world.call('objects', 'update', { id, attributes: { description: 'new' } });
  await world.call('objects', 'delete', { id });
  await world.waits(1_000);
  assert.equal(
    old.received.map(({ action }) => action),
    [
      ...['objects.created', 'objects.mayUpdate', 'objects.updating', 'objects.updated'],
      ...['objects.mayDelete', 'objects.deleting', 'objects.deleted'],
    ],
  );
});

test('action_prefix: services of this package take such messages as all others', async () => {
  const object = await world.create('objects', { attributes: { cn: 'pump' } });
  const tag = await world.create('tags', { parentId: object, attributes: { cn: 'flow' } });
  assert.equal(await world.call('objects', 'delete', { id: object }), {});
  await world.waits(1_000);
  assert.equal(await world.ask('tags', 'read', { id: tag }), { data: [] });
});

test('subscribe.action_prefix: the owner hears objects.subscribe', async () => {
  const keys = ['objects_model_crud_consume'];
  const owner = await world.peer({ service: 'spy', exchange: 'objects', keys });
  const object = await world.create('objects', { attributes: { cn: 'pump' } });
  await world.create('tags', { parentId: object, attributes: { cn: 'flow' } });
  assert.is((await owner.next('objects.subscribe')).data['service'], 'tags_model_crud');
});

test('publish keys: each fact goes out under each key, each with an id of its own', async () => {
  const first = await world.peer({
    service: 'first',
    exchange: 'objects',
    keys: ['objects_model_crud_publish'],
  });
  const second = await world.peer({ service: 'second', exchange: 'objects', keys: ['journal'] });
  const id = await world.create('objects', { attributes: { cn: 'pump' } });
  await world.call('objects', 'delete', { id });
  const told = [];
  for (const peer of [first, second])
    for (const action of ['objects.created', 'objects.deleted']) told.push(await peer.next(action));
  assert.ok(told.every(({ data }) => data['id'] === id));
  assert.is(new Set(told.map(({ messageId }) => messageId)).size, 4);
});

test('base node: an alert is created in a tag only', async () => {
  const error = errorOf(await world.ask('alerts', 'create', { attributes: { cn: 'loose' } }));
  assert.equal(
    [error?.['code'], error?.['name'], error?.['at']],
    [400, 'bad-message', '/data/parentId'],
  );
  assert.equal(await world.ask('alerts', 'read', {}), { data: [] });
  const tag = await world.create('tags', { attributes: { cn: 'flow' } });
  await world.create('alerts', { parentId: tag, attributes: { cn: 'high' } });
  const base = { base: 'cn=prs', scope: 1, filter: { objectClass: 'prsModelNode' } } as const;
  const { data } = await world.ask('objects', 'read', { ...base, attributes: ['cn'] });
  const names = (data as unknown as readonly { attributes: { cn: string[] } }[]).map(
    ({ attributes }) => attributes.cn[0],
  );
  assert.equal(names.sort(), ['constants', 'objects', 'tags']);
});

test('parents: the empty text allows nodes of each subscribed entity, and no others', async () => {
  const object = await world.create('objects', { attributes: { cn: 'pump' } });
  const tag = await world.create('tags', { attributes: { cn: 'flow' } });
  const constant = await world.create('constants', { attributes: { cn: 'pi' } });
  const below = (parentId: string) =>
    world.ask('methods', 'create', { parentId, attributes: { cn: 'm' } });
  for (const parentId of [tag, constant])
    assert.is(typeof (await below(parentId))['id'], 'string', parentId);
  const error = errorOf(await below(object));
  assert.is(error?.['name'], 'wrong-class');
  assert.match(String(error?.['message']), /allowed are prsMethod, prsTag, prsAlert, prsConstant$/);
  assert.equal(await world.call('constants', 'delete', { id: constant }), {});
});

test.run();
