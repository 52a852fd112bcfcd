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

async function created(entity: string, parentId?: string): Promise<string> {
  const parent = parentId === undefined ? {} : { parentId };
  const answer = await ask(entity, 'create', { ...parent, attributes: { cn: entity } });
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

test.run();
