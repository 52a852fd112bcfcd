/** The tree in the inspector: children of a node, what is known about a node, and the plan of its deletion. */
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type InspectorWorld, inspectorWorld } from './inspector-world.ts';

const test = suite('inspector: tree', { deadlineMs: 30_000 });
let world: InspectorWorld;

test.before(async () => {
  world = await inspectorWorld();
});
test.after(() => world.stop());

async function made(entity: string, data: JsonObject): Promise<string> {
  const to = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
  return ((await world.client.request(to, { action: 'create', data })) as { id: string }).id;
}

async function namesBelow(base: string): Promise<readonly string[]> {
  const { data } = (await world.ask(`tree?base=${base}`)).json();
  return data.map(({ cn, state }: { cn: string; state: string }) => `${cn} ${state}`);
}

test('without a base the root, then the children of each node; a node of nothing has none', async () => {
  const plant = await made('objects', { attributes: { cn: 'plant' } });
  await made('objects', { parentId: plant, attributes: { cn: 'mill' } });
  const { data, hasTree } = (await world.ask('tree')).json();
  assert.equal([hasTree, data.length], [true, 1]);
  const [{ id: root }] = data;
  const own = (await world.ask(`nodes/${root}`)).json();
  assert.equal([own.id, own.owner, own.subscribers], [root, null, []]);
  assert.ok((await namesBelow(root)).includes('objects free'));
  assert.ok((await namesBelow(plant)).includes('mill free'));
  assert.equal(await namesBelow('nobody'), []);
});

test('a node has its owner, and the plan says who would say no and why', async () => {
  const plant = await made('objects', { attributes: { cn: 'press' } });
  const tag = await made('tags', { parentId: plant, attributes: { cn: 'load' } });
  const node = (await world.ask(`nodes/${plant}`)).json();
  assert.equal([node.owner, node.state], ['objects_model_crud', 'free']);
  const agreed = (await world.ask(`nodes/${plant}/plan`)).json();
  assert.equal([agreed.outcome, agreed.totals.nodes], ['agreed', 2]);
  assert.ok(agreed.nodes.some(({ id }: { id: string }) => id === tag));
  const to = { exchange: 'maintenance', routingKey: 'maintenance' };
  const order = { id: 'w1', objectId: plant, title: 'see amqp://shop:hunter2@broker' };
  await world.client.request(to, { action: 'open', data: order });
  const refused = await world.ask(`nodes/${plant}/plan`);
  assert.is(refused.json().outcome, 'refused');
  assert.match(refused.body, /work order w1 is open: see amqp:\/\/\*\*\*@broker/);
  assert.not.match(refused.body, /hunter2/);
});

test('a node of nobody is not found', async () => {
  for (const path of ['nodes/nobody', 'nodes/nobody/plan'])
    assert.is((await world.ask(path)).statusCode, 404, path);
});

test.run();
