/**
 * Room for the demo on servers that belong to others: checked to be free before, and given back as it was.
 *
 * 1. A queue of ours that exists already means that these services run there: the demo refuses to play.
 * 2. Schemas get a prefix of their own unless the URL names one, and one that exists is refused.
 */
import { type ChannelModel, connect } from 'amqplib';
import { sections, serviceKindOf } from '../../actors/catalog.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { loadExchangeConfigs, serviceConfigPaths } from '../../config/load.ts';
import { type Topology, topologyOf } from '../../config/topology.ts';
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';

export interface ServerUrls {
  /** `amqp://…/vhost` */
  readonly rabbitmq: string;
  /** `postgresql://…`, perhaps with `?schema=<prefix>`. */
  readonly database: string;
}

export interface BorrowedServers {
  /** What the configs must find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The services of each process: the gateways together, every other one alone. */
  readonly groups: readonly (readonly string[])[];
  /** Deletes what the demo has made there. */
  giveBack(): Promise<void>;
}

function refuse(pointer: string, found: string, allowed: string): never {
  throw new ConfigError([{ file: 'command line', pointer, found, allowed }]);
}

function withPrefix(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('schema')) parsed.searchParams.set('schema', `demo_${process.pid}`);
  return parsed.href;
}

async function withBroker<T>(
  url: string,
  work: (connection: ChannelModel) => Promise<T>,
): Promise<T> {
  const connection = await connect(url, { noDelay: true });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function withDatabase(
  url: string,
  configs: readonly ExchangeConfig[],
  work: (database: Database, schemas: readonly string[]) => Promise<void>,
): Promise<void> {
  const stores = [...new Set(configs.flatMap((config) => serviceKindOf(config).store?.sql ?? []))];
  const database = await openDatabase(url, { stores });
  try {
    await work(database, [
      database.journalSchema,
      ...stores.map(({ name }) => database.schemaOf(name)),
    ]);
  } finally {
    await database.close();
  }
}

/** A broker closes the channel that asks for a queue that is not there. */
async function isThere(connection: ChannelModel, queue: string): Promise<boolean> {
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

async function checkBroker(url: string, { queues }: Topology): Promise<void> {
  const there = await withBroker(url, async (connection) => {
    const found = await Promise.all(
      queues.map(async ({ name }) => ((await isThere(connection, name)) ? [name] : [])),
    );
    return found.flat();
  });
  if (there.length > 0)
    refuse(
      '/rabbitmq',
      `queues of these services (${there.join(', ')})`,
      'a virtual host without them',
    );
}

async function checkDatabase(url: string, configs: readonly ExchangeConfig[]): Promise<void> {
  await withDatabase(url, configs, async (database, schemas) => {
    const found = await database.query(
      'select nspname::text as name from pg_namespace where nspname in (select json_array_elements_text($1::json))',
      [JSON.stringify(schemas)],
    );
    if (found.length > 0)
      refuse(
        '/database',
        `the schemas ${found.map(({ name }) => name).join(', ')}`,
        'a prefix (?schema=…) nobody uses',
      );
  });
}

async function clearBroker(url: string, { queues, exchanges }: Topology): Promise<void> {
  await withBroker(url, async (connection) => {
    const channel = await connection.createChannel();
    for (const { name } of queues) await channel.deleteQueue(name);
    for (const { name } of exchanges) await channel.deleteExchange(name);
  });
}

async function clearDatabase(url: string, configs: readonly ExchangeConfig[]): Promise<void> {
  await withDatabase(url, configs, async (database, schemas) => {
    for (const schema of schemas)
      await database.query(`drop schema if exists ${schema} cascade`, []);
  });
}

function separately(configs: readonly ExchangeConfig[]): readonly (readonly string[])[] {
  const isGateway = ({ sections: own }: ExchangeConfig): boolean => own['api_crud'] !== undefined;
  const namesOf = (some: readonly ExchangeConfig[]): readonly string[] =>
    some.map(({ svcName }) => svcName);
  return [
    namesOf(configs.filter(isGateway)),
    ...namesOf(configs.filter((config) => !isGateway(config))).map((name) => [name]),
  ];
}

/** @throws ConfigError when there is no room on them. */
export async function borrowServers({ rabbitmq, database }: ServerUrls): Promise<BorrowedServers> {
  const env = { amqp_url: rabbitmq, database_url: withPrefix(database) };
  const configs = loadExchangeConfigs(serviceConfigPaths(), { env, sections });
  const topology = topologyOf(configs);
  await checkBroker(env.amqp_url, topology);
  await checkDatabase(env.database_url, configs);
  return {
    ...{ env, groups: separately(configs) },
    async giveBack() {
      await clearBroker(env.amqp_url, topology);
      await clearDatabase(env.database_url, configs);
    },
  };
}
