/** Services of somebody's own in deployments over PostgreSQL and RabbitMQ. */
import { connect } from '../../../composition/connect.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { type Deployment, openDeployment } from '../../../composition/open-deployment.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { stockModule } from '../../unit/composition/stock-module.ts';
import { stockStore } from '../../unit/docs/shop/stock-store.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';

const test = suite('deployment: services of ones own', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 120_000,
});
const destination = { exchange: 'warehouse', routingKey: 'warehouse_consume' };
let host: VirtualHost;
let url: string;
let deployments: Deployment[] = [];

test.before(async () => {
  host = await openVirtualHost('own_services');
});
test.after(() => host.remove());
test.before.each(() => {
  url = postgresUrl(ownPrefix());
});
test.after.each(async () => {
  for (const deployment of deployments) await deployment.stop();
  deployments = [];
  const database = await openDatabase(url, { stores: [stockStore] });
  await dropSchemas(database);
  await database.close();
});

async function start(): Promise<Deployment> {
  const text = JSON.stringify({
    svc_name: 'warehouse',
    publish: { main: { name: 'warehouse', routing_key: 'warehouse_publish' } },
    consume: {
      main: { name: 'warehouse', queue: 'warehouse_consume', routing_key: 'warehouse_consume' },
    },
  });
  const env = { amqp_url: host.url, database_url: url };
  const config = parseExchangeConfig(text, { file: 'warehouse.json', env, sections: {} });
  const deployment = await openDeployment({ services: [stockModule(config)] });
  deployments.push(deployment);
  await deployment.start();
  return deployment;
}

test('two processes over one store never give out more than the stock', async () => {
  const [first] = [await start(), await start()];
  const client = await first.client('test');
  const ask = (action: string, count: number) =>
    client.request(destination, { action, data: { item: 'bolt', count } });
  assert.equal(await ask('restock', 5), { left: 5 });
  const answers = await Promise.all(Array.from({ length: 9 }, () => ask('pick', 1)));
  const left = answers.map((answer) => (answer as { left?: number }).left);
  assert.equal(left.filter((count) => count !== undefined).sort(), [0, 1, 2, 3, 4]);
  await client.close();
});

test('connect: another process needs the URL, the exchange and the routing key', async () => {
  await start();
  const { url: broker } = host;
  // #region connect
  const client = await connect(broker, 'cash desk');
  const answer = await client.request(
    { exchange: 'warehouse', routingKey: 'warehouse_consume' },
    { action: 'restock', data: { item: 'nut', count: 2 } },
  );
  // #endregion
  assert.equal(answer, { left: 2 });
  const nowhere = { exchange: 'warehouse', routingKey: 'nowhere' };
  const lost = await client
    .send(nowhere, { action: 'restock', data: {} }, { mandatory: true })
    .catch((error: unknown) => error);
  assert.ok(lost instanceof Transient && lost.code === 'not-reachable');
  await client.close();
});

test('the tables of the store are in the database of its config, with the journal', async () => {
  const deployment = await start();
  const client = await deployment.client('test');
  await client.request(destination, { action: 'restock', data: { item: 'bolt', count: 5 } });
  await client.close();
  const database = await openDatabase(url, { stores: [stockStore] });
  const rows = await database.query(
    `select item, count from ${database.schemaOf('stock')}.levels`,
    [],
  );
  const actors = await database.query(
    `select count(*)::int as count from ${database.journalSchema}.actors`,
    [],
  );
  assert.equal([rows, actors], [[{ item: 'bolt', count: 5 }], [{ count: 1 }]]);
  await database.close();
});

test.run();
