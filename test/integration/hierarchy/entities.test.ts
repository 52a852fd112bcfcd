/** The eight entities of the package, each through its gateway. */
import { type Deployment, openDeployment, packageServices } from '../../../deployment.ts';
import type { Client } from '../../../runtime/client.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('entities of the package', { deadlineMs: 60_000 });
const roots = ['objects', 'tags', 'constants', 'connectors', 'dataStorages', 'schedules'];
const classes: Readonly<Record<string, string>> = {
  objects: 'prsObject',
  tags: 'prsTag',
  alerts: 'prsAlert',
  methods: 'prsMethod',
  constants: 'prsConstant',
  connectors: 'prsConnector',
  dataStorages: 'prsDataStorage',
  schedules: 'prsSchedule',
};
let deployment: Deployment;
let client: Client;

test.before(async () => {
  deployment = await openDeployment({
    services: packageServices(...Object.keys(classes)),
    databaseUrl: 'memory://',
    log: () => undefined,
  });
  await deployment.start();
  client = await deployment.client('test');
});
test.after(async () => {
  await client.close();
  await deployment.stop();
});

async function ask(entity: string, action: string, data: JsonObject): Promise<JsonObject> {
  const to = { exchange: entity, routingKey: `${entity}_api_crud_consume` };
  return (await client.request(to, { action, data })) as JsonObject;
}

const unknown = '018f2a10-0000-7000-8000-00000000dead';

function created(entity: string, parentId?: string): Promise<string> {
  return named(entity, entity, parentId);
}

async function named(entity: string, cn: string, parentId?: string): Promise<string> {
  const parent = parentId === undefined ? {} : { parentId };
  const answer = await ask(entity, 'create', { ...parent, attributes: { cn } });
  assert.is(typeof answer['id'], 'string', JSON.stringify(answer));
  return String(answer['id']);
}

test('a node of each entity is created, read and deleted through the gateway of the entity', async () => {
  const ids = new Map<string, string>();
  for (const entity of roots) ids.set(entity, await created(entity));
  for (const entity of ['alerts', 'methods'])
    ids.set(entity, await created(entity, ids.get('tags')));
  for (const [entity, id] of ids) {
    const { data } = await ask(entity, 'read', { id, attributes: ['objectClass', 'cn'] });
    const [found] = data as unknown as readonly { attributes: JsonObject }[];
    const expected = { objectClass: [classes[entity] ?? ''], cn: [entity] };
    assert.equal(found?.attributes, expected, entity);
  }
  for (const [entity, id] of [...ids].reverse())
    assert.equal(await ask(entity, 'delete', { id }), {}, entity);
  for (const entity of ids.keys())
    assert.equal(await ask(entity, 'read', {}), { data: [] }, entity);
});

test('a method without a parent stands below its base node, an alert without a parent is refused', async () => {
  await created('methods');
  const { id, error } = await ask('alerts', 'create', { attributes: { cn: 'loose' } });
  assert.equal([id, (error as JsonObject)['at']], [null, '/data/parentId']);
});

test('links through the gateway: made, read, taken away, and gone with either end without a vote', async () => {
  const connector = await created('connectors');
  const [one, two] = [await created('tags'), await named('tags', 'other')];
  const link = (data: JsonObject) => ask('connectors', 'linkTags', { id: connector, ...data });
  const linked = async () => (await ask('connectors', 'getLinkedTags', { id: connector }))['data'];
  assert.equal(await link({ tagId: [one, two], attributes: { source: { topic: 'a' } } }), {});
  assert.equal(await link({ tagId: two.toUpperCase() }), {});
  const rows = [
    { tagId: one, attributes: { source: { topic: 'a' } } },
    { tagId: two, attributes: {} },
  ].sort((a, b) => (a.tagId < b.tagId ? -1 : 1));
  assert.equal(await linked(), rows);
  assert.equal(await ask('connectors', 'unlinkTags', { id: connector, tagId: two }), {});
  assert.equal(await ask('tags', 'delete', { id: one }), {});
  assert.equal(await linked(), []);
  await link({ tagId: two });
  assert.equal(await ask('connectors', 'delete', { id: connector }), {});
  const { error } = await ask('connectors', 'getLinkedTags', { id: connector });
  assert.is((error as JsonObject)['name'], 'not-found');
  assert.equal(await ask('tags', 'delete', { id: two }), {});
});

test('a link that cannot be is refused with its reason, and a misspelt member by its name', async () => {
  const connector = await created('connectors');
  const refusal = async (data: JsonObject) => {
    const { error } = await ask('connectors', 'linkTags', { id: connector, ...data });
    const { name, message } = error as JsonObject;
    return `${name}: ${message}`;
  };
  assert.match(await refusal({ tagId: connector }), /^wrong-class: /);
  assert.match(await refusal({ tagId: unknown }), /^not-found: there is no node /);
  assert.match(await refusal({ tagId: unknown, topic: 1 }), /^bad-message: .*topic/);
  assert.match(await refusal({ tagId: [] }), /^bad-message: /);
  const { error } = await ask('tags', 'linkTags', { id: unknown, tagId: unknown });
  assert.is((error as JsonObject)['name'], 'unknown-action');
});

test.run();
