/** The work orders of `docs/consent.md`: three JSON files, no code, and a deletion that an open order forbids. */
import { fileURLToPath } from 'node:url';
import { openDeployment } from '../../../deployment.ts';
import { loadExchangeConfigs, sections } from '../../../index.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('documents: work orders', { deadlineMs: 60_000 });

test('an open order keeps its machine, names the order, and goes along once it is closed; a worker is taken out', async () => {
  const files = ['machines', 'workers', 'orders'].map((name) =>
    fileURLToPath(new URL(`./orders/${name}.json`, import.meta.url)),
  );
  const configs = loadExchangeConfigs(files, { env: { amqp_url: 'memory://' }, sections });
  const shop = await openDeployment({ configs, databaseUrl: 'memory://' });
  await shop.start();
  const client = await shop.client('test');
  const ask = async (entity: string, action: string, data: Json) =>
    (await client.request(
      { exchange: entity, routingKey: `${entity}_requests` },
      { action, data },
    )) as JsonObject;
  const created = async (entity: string, attributes: JsonObject) =>
    String((await ask(entity, 'create', { attributes }))['id']);
  const machine = await created('machines', { cn: 'lathe' });
  const [ada, bob] = [
    await created('workers', { cn: 'ada' }),
    await created('workers', { cn: 'bob' }),
  ];
  const order = await created('orders', {
    cn: 'WO-1',
    status: 'open',
    machineId: machine,
    workerIds: [ada, bob],
  });

  const { error } = await ask('machines', 'delete', { id: machine });
  assert.match(String((error as JsonObject)['message']), `WO-1 (${order}): the work order is open`);
  assert.equal(await ask('workers', 'delete', { id: ada }), {});
  const { data } = await ask('orders', 'read', { id: order, attributes: ['workerIds'] });
  assert.equal((data as JsonObject[])[0]?.['attributes'], { workerIds: [bob] });

  await ask('orders', 'update', { id: order, attributes: { status: 'closed' } });
  assert.equal(await ask('machines', 'delete', { id: machine }), {});
  assert.equal(await ask('orders', 'read', { id: order }), { data: [] });
  await client.close();
  await shop.stop();
});

test.run();
