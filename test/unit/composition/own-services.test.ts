/** `openDeployment` and `createRuntime` with services of somebody's own, in memory. */
import type { ServiceModule, ServicePorts } from '../../../actors/modules/service-module.ts';
import { connect } from '../../../composition/connect.ts';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ServiceSource } from '../../../composition/given-services.ts';
import { openDeployment } from '../../../composition/open-deployment.ts';
import { packageServices } from '../../../composition/package-services.ts';
import { ConfigError } from '../../../config/config-error.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import type { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { Broken, errorText } from '../../../runtime/ports/errors.ts';
import { assert, suite } from '../../support/suite.ts';
import { orders } from '../docs/shop/orders.ts';
import { stockStore } from '../docs/shop/stock-store.ts';
import { warehouse } from '../docs/shop/warehouse.ts';
import { MemoryStockStore, stock, stockModule } from './stock-module.ts';

const test = suite('services of ones own', { deadlineMs: 60_000 });
const noLog = () => undefined;

function configNamed(name: string, file = `${name}.json`): ExchangeConfig {
  const text = JSON.stringify({
    svc_name: name,
    publish: { main: { name, routing_key: `${name}_publish` } },
    consume: { main: { name, queue: `${name}_consume`, routing_key: `${name}_consume` } },
  });
  return parseExchangeConfig(text, { file, env: {}, sections: {} });
}

function inMemory(services: readonly ServiceSource[], configs: readonly ExchangeConfig[] = []) {
  return openDeployment({ services, configs, databaseUrl: 'memory://', log: noLog });
}

function restock(client: Client, count = 5) {
  return client.request(
    { exchange: 'warehouse', routingKey: 'warehouse_consume' },
    { action: 'restock', data: { item: 'bolt', count } },
  );
}

/** The error of a deployment that must not open. */
async function refusal(
  services: readonly unknown[],
  configs: readonly ExchangeConfig[] = [],
): Promise<Error & { readonly at?: string }> {
  const opened = await inMemory(services as readonly ServiceSource[], configs).catch(
    (error: unknown) => error,
  );
  if (opened instanceof ConfigError || opened instanceof Broken) {
    assert.is(opened.code, 'config-invalid');
    return opened as Error;
  }
  throw new Error(`the deployment opened, or failed by ${errorText(opened)}`);
}

async function answersRestock(services: readonly ServiceSource[], configs?: ExchangeConfig[]) {
  const deployment = await inMemory(services, configs);
  await deployment.start();
  const client = await deployment.client('test');
  assert.equal(await restock(client), { left: 5 });
  const counts = await deployment.counts();
  await client.close();
  await deployment.stop();
  return counts;
}

test('a module runs beside a service without stores and services of the package', async () => {
  const services = [...packageServices('objects'), orders, stockModule()];
  const deployment = await inMemory(services);
  await deployment.start();
  const client = await deployment.client('test');
  assert.equal(await restock(client), { left: 5 });
  const created = await client.request(
    { exchange: 'objects', routingKey: 'objects_model_crud_consume' },
    { action: 'create', data: { attributes: { cn: 'lathe' } } },
  );
  assert.match(JSON.stringify(created), /"id":/);
  await client.close();
  await deployment.stop();
});

test('a module without a config takes the config with its name, a function gets ports', async () => {
  const { config: _own, ...bare } = stockModule();
  await answersRestock([bare], [configNamed('warehouse', 'mine.json')]);
  await answersRestock([() => stockModule()]);
  await answersRestock([async () => [stockModule()]]);
  await answersRestock([[orders, stockModule()]]);
});

test('a service made by a function reads the store of another service of its journal', async () => {
  const reader: ServiceSource = ({ store }) => warehouse(store('stock'));
  const keeper: ServiceModule = {
    name: 'keeper',
    config: configNamed('keeper'),
    stores: [stock],
    define: (given) => ({ ...orders, name: 'keeper', config: given }),
  };
  await answersRestock([reader, keeper]);
});

test('a function that asks for a store that no service brings is told the stores that are there', async () => {
  const { message } = await refusal([
    ({ store }: ServicePorts) => warehouse(store('shelf')),
    { ...stockModule(configNamed('warehouse2')), name: 'warehouse2' },
  ]);
  assert.match(message, /warehouse have no store 'shelf'; their stores are stock/);
});

test('a store that two modules name is opened once', async () => {
  let made = 0;
  const counted = {
    sql: stockStore,
    memory: () => {
      made += 1;
      return new MemoryStockStore();
    },
  };
  const second = configNamed('second');
  await answersRestock([
    { ...stockModule(), stores: [counted] },
    {
      name: 'second',
      config: second,
      stores: [{ ...counted }],
      define: (given) => ({ ...orders, name: 'second', config: given }),
    } satisfies ServiceModule,
  ]);
  assert.is(made, 1);
});

test('different stores under one name are refused with the names of both services', async () => {
  const other = {
    sql: { ...stockStore, migrations: [{ name: '001-other', up: () => [] }] },
    memory: () => new MemoryStockStore(),
  };
  const second = { ...stockModule(configNamed('second')), name: 'second', stores: [other] };
  const { message } = await refusal([stockModule(), second]);
  assert.match(message, /"warehouse" and "second" share a database .* named "stock"/);
});

test('a store without a form in memory, or with another name there, is refused', async () => {
  const bare = { ...stockModule(), stores: [{ sql: stockStore }] };
  assert.match((await refusal([bare])).message, /"stock" has no form in memory; allowed: .*pglite/);
  const misnamed = { sql: { ...stockStore, name: 'shelf' }, memory: () => new MemoryStockStore() };
  const { message } = await refusal([{ ...stockModule(), stores: [misnamed] }]);
  assert.match(message, /"shelf" is named "stock" in memory/);
});

test('one error names every service without a config, every unknown config and every name twice', async () => {
  const { config: _own, ...bare } = stockModule();
  const { message } = await refusal(
    [bare, orders, orders],
    [configNamed('parcels'), configNamed('parcels', 'again.json')],
  );
  assert.match(
    message,
    /services\[0\] \/config: found a service "warehouse" without a config; allowed: .*"parcels"/,
  );
  assert.match(
    message,
    /parcels\.json \(whole file\): found none of them; .*own under the name "parcels", which the command takes with --module/,
  );
  assert.match(message, /services\[2\] \/svc_name: found "orders"; allowed: .*services\[1\] has/);
  assert.match(message, /again\.json \/svc_name: found "parcels"; allowed: .*parcels\.json has/);
});

test('a config and a service with a config of its own share no name', async () => {
  const { message } = await refusal([stockModule()], [configNamed('warehouse', 'file.json')]);
  assert.match(message, /services\[0\] \/svc_name: found "warehouse"; allowed: .*file\.json has/);
});

test('a value that is no service is named by its place and form', async () => {
  for (const [wrong, found] of [
    [undefined, 'undefined'],
    [[orders, 7], 'a number'],
    [() => ({ machines: {}, name: 'x' }), 'an object with machines, name'],
    [{ name: 'x', define: true, stores: [] }, 'an object with name, define, stores'],
  ] as const) {
    const { message, at } = await refusal([wrong]);
    assert.is(at, 'services[0]');
    assert.match(message, `found ${found}; allowed: a service made by defineService`);
  }
  const { message } = await refusal([
    () => {
      throw new Error('no licence');
    },
  ]);
  assert.match(message, 'the function failed: no licence');
});

test('a module that is made with another config than its own is refused', async () => {
  const stray: ServiceModule = { ...stockModule(configNamed('warehouse')), define: () => orders };
  assert.match((await refusal([stray])).message, /"warehouse" was made with another config/);
  const misnamed = { ...stockModule(), name: 'depot' };
  const { message } = await refusal([misnamed]);
  assert.match(message, /found the service "depot" with a config of "warehouse"/);
});

test('createRuntime takes modules: in memory with their stores, over a journal with the given ones', async () => {
  const running = createRuntime({ services: [...packageServices('tags'), stockModule()] });
  await running.start();
  const client = await running.client('test');
  assert.equal(await restock(client), { left: 5 });
  await client.close();
  await running.stop();
  const store = new MemoryStockStore();
  const journal = new MemoryJournal({ stores: [store] });
  assert.throws(
    () => createRuntime({ services: [stockModule()], journal }),
    /no store 'stock'; the stores of its journal, given as stores, are none/,
  );
  createRuntime({ services: [stockModule()], journal, stores: new Map([['stock', store]]) });
});

test('packageServices: an entity stands for its service and gateway, a wrong name is refused', () => {
  const names = (...chosen: readonly string[]) =>
    packageServices(...chosen).map(({ name }) => name);
  assert.equal(names('objects', 'mcards', 'objects_api_crud'), [
    'mcards',
    'objects_api_crud',
    'objects_model_crud',
  ]);
  assert.is(names().length, 20);
  assert.throws(() => packageServices('toys'), /found "toys"; allowed: an entity \(.*objects, /);
});

test('connect: a broker in memory is refused, because no other process reaches it', async () => {
  const error = await connect('memory://', 'elsewhere').catch((reason: unknown) => reason);
  assert.ok(error instanceof Broken && error.code === 'config-invalid');
  assert.match(errorText(error), 'only in its own process');
});

test('a deployment leaves rejections that nobody handles to the program around it', async () => {
  const before = process.listenerCount('unhandledRejection');
  const deployment = await inMemory(packageServices('transactions'));
  await deployment.start();
  assert.is(process.listenerCount('unhandledRejection'), before);
  await deployment.stop();
});

test.run();
