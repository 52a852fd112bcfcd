/**
 * Prepares real servers for the demo: checks that the demo disturbs nothing there, and removes
 * everything that the demo has made.
 *
 * - no-clash: an existing queue of the package means that its services run on the broker, so the
 *   demo is refused.
 * - own-schemas: the demo's schemas get a prefix of their own, unless the URL names one. A schema
 *   that exists is refused.
 */
import { type ChannelModel, connect } from 'amqplib';
import { sections, serviceKindOf } from '../../actors/catalog.ts';
import { loadExchangeConfigs } from '../../composition/exchange-configs.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { type Topology, topologyOf } from '../../config/topology.ts';
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import { shopConfigPaths } from './shop-services.ts';

export interface ServerUrls {
  /** `amqp://…/vhost` */
  readonly rabbitmq: string;
  /** `postgresql://…`, with `?schema=<prefix>` if the prefix of the schemas matters. */
  readonly database: string;
}

export interface ServerUse {
  /** Whether requests go over HTTP. Default: no. */
  readonly http?: boolean | undefined;
  /** The folder of the configs. Default: the package's. */
  readonly configs?: string | undefined;
}

export interface DemoServers {
  /** The environment that leads the configs to the servers. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * The services of each process: all gateways together and every other service alone, or with
   * `http` every service alone.
   */
  readonly groups: readonly (readonly string[])[];
  /** Deletes the queues, exchanges and schemas of the demo. */
  cleanUp(): Promise<void>;
}

/** Rejects with `ConfigError` if the servers already hold queues or schemas of these services. */
export async function prepareServers(
  { rabbitmq, database }: ServerUrls,
  { http = false, configs: folder }: ServerUse = {},
): Promise<DemoServers> {
  const env = { amqp_url: rabbitmq, database_url: withSchemaPrefix(database) };
  const configs = loadExchangeConfigs(shopConfigPaths(folder), { env, sections });
  const topology = topologyOf(configs);
  await checkBroker(env.amqp_url, topology);
  await checkDatabase(env.database_url, configs);
  return {
    env,
    groups: http ? configs.map(({ svcName }) => [svcName]) : processGroups(configs),
    async cleanUp() {
      await clearBroker(env.amqp_url, topology);
      await clearDatabase(env.database_url, configs);
    },
  };
}

function withSchemaPrefix(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('schema')) parsed.searchParams.set('schema', `demo_${process.pid}`);
  return parsed.href;
}

function processGroups(configs: readonly ExchangeConfig[]): readonly (readonly string[])[] {
  const isGateway = (config: ExchangeConfig) => config.sections['api_crud'] !== undefined;
  const gateways = configs.filter(isGateway).map(({ svcName }) => svcName);
  const others = configs.filter((config) => !isGateway(config));
  return [gateways, ...others.map(({ svcName }) => [svcName])];
}

async function checkBroker(url: string, { queues }: Topology): Promise<void> {
  const existing = await withBroker(url, async (connection) => {
    const names = queues.map(({ name }) => name);
    const isThere = await Promise.all(names.map((name) => queueExists(connection, name)));
    return names.filter((_, index) => isThere[index]);
  });
  if (existing.length > 0)
    refuse(
      '/rabbitmq',
      `queues of these services (${existing.join(', ')})`,
      'a virtual host without them',
    );
}

/**
 * A passive declaration of a missing queue closes its channel, so each queue gets its own channel.
 */
async function queueExists(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    await channel.checkQueue(queue);
    await channel.close();
    return true;
  } catch {
    return false;
  }
}

async function clearBroker(url: string, { queues, exchanges }: Topology): Promise<void> {
  await withBroker(url, async (connection) => {
    const channel = await connection.createChannel();
    for (const { name } of queues) await channel.deleteQueue(name);
    for (const { name } of exchanges) await channel.deleteExchange(name);
  });
}

async function withBroker<Result>(
  url: string,
  work: (connection: ChannelModel) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(url, { noDelay: true });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function checkDatabase(url: string, configs: readonly ExchangeConfig[]): Promise<void> {
  await withDatabase(url, configs, async (database, schemas) => {
    const existing = await database.query(
      `select nspname::text as name from pg_namespace
       where nspname in (select json_array_elements_text($1::json))`,
      [JSON.stringify(schemas)],
    );
    if (existing.length > 0)
      refuse(
        '/database',
        `the schemas ${existing.map(({ name }) => name).join(', ')}`,
        'a prefix (?schema=…) without schemas',
      );
  });
}

async function clearDatabase(url: string, configs: readonly ExchangeConfig[]): Promise<void> {
  await withDatabase(url, configs, async (database, schemas) => {
    for (const schema of schemas)
      await database.query(`drop schema if exists ${schema} cascade`, []);
  });
}

async function withDatabase(
  url: string,
  configs: readonly ExchangeConfig[],
  work: (database: Database, schemas: readonly string[]) => Promise<void>,
): Promise<void> {
  const stores = [
    ...new Set(configs.flatMap((config) => serviceKindOf(config).stores.map(({ sql }) => sql))),
  ];
  const database = await openDatabase(url, { stores });
  try {
    const storeSchemas = stores.map(({ name }) => database.schemaOf(name));
    await work(database, [database.journalSchema, ...storeSchemas]);
  } finally {
    await database.close();
  }
}

function refuse(pointer: string, found: string, allowed: string): never {
  throw new ConfigError([{ file: 'command line', pointer, found, allowed }]);
}
