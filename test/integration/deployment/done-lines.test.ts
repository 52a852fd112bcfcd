/** What services log at `info`, also for messages that nobody waits for. */
import { type Deployment, openDeployment, packageServices } from '../../../deployment.ts';
import type { Client } from '../../../runtime/client.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('lines about what was done', { deadlineMs: 60_000 });
const wanted = ['created', 'updated', 'deleted', 'subscribed', 'unsubscribed', 'refused'];
let deployment: Deployment;
let client: Client;
const lines: (JsonObject & { readonly what: string })[] = [];

test.before(async () => {
  deployment = await openDeployment({
    services: packageServices('objects', 'tags', 'alerts', 'methods', 'constants'),
    databaseUrl: 'memory://',
    log: (level, message, fields) => {
      if (level === 'info' && wanted.includes(message)) lines.push({ ...fields, what: message });
    },
  });
  await deployment.start();
  client = await deployment.client('test');
});
test.after(async () => {
  await client.close();
  await deployment.stop();
});

const to = (entity: string) => ({ exchange: entity, routingKey: `${entity}_model_crud_consume` });
async function ask(entity: string, action: string, data: Json): Promise<JsonObject> {
  return (await client.request(to(entity), { action, data })) as JsonObject;
}
const told = (what: string) => lines.filter((line) => line.what === what);

test('one line for each thing done, and the refusal of a one-way message names who refused', async () => {
  const { id: constant = '' } = await ask('constants', 'create', { attributes: { cn: 'pi' } });
  const { id: tag = '' } = await ask('tags', 'create', { attributes: { cn: 'flow' } });
  const use = { cn: 'm', prsConstantId: constant };
  const { id: method = '' } = await ask('methods', 'create', { parentId: tag, attributes: use });
  await client.send(to('constants'), { action: 'delete', data: { id: constant } });
  await ask('tags', 'update', { id: tag, attributes: { description: 'x' } });
  const refused = await ask('constants', 'delete', { id: constant });
  assert.ok(Object.hasOwn(refused, 'error'));
  assert.equal(await ask('tags', 'delete', { id: tag }), {});
  await deployment.stop();
  const nodes = (what: string) => told(what).map(({ node }) => node);
  assert.equal(nodes('created'), [constant, tag, method]);
  assert.equal(nodes('updated'), [tag]);
  assert.equal([...nodes('deleted')].sort(), [tag, method].sort());
  assert.ok(
    told('subscribed').some(
      ({ nodeId, subscriber }) => nodeId === constant && subscriber === 'methods_model_crud',
    ),
  );
  const refusals = told('refused');
  assert.is(refusals.length, 2);
  for (const { service, by, nodes: named, action } of refusals)
    assert.equal(
      [service, by, named, action],
      ['constants_model_crud', ['methods_model_crud'], [constant], 'delete'],
    );
});

test.run();
