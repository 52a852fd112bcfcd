/**
 * Services put together from their configs: which broker, which databases, which locks.
 *
 * 1. One journal for each database; a config without a `database_url` uses the embedded PGlite, one for all of them.
 * 2. Without an `amqp_url` the transport is in memory, and the process is alone with itself. Services of one process share a broker.
 * 3. Everything that was opened is closed again, also when opening fails half-way.
 */
import { ConfigError } from './config/config-error.ts';
import type { ExchangeConfig } from './config/exchange-config.ts';
import { topologyOf } from './config/topology.ts';
import { type ServicePorts, serviceKindOf } from './catalog.ts';
import { systemChance } from './runtime/chance.ts';
import { Client } from './runtime/client.ts';
import { systemClock } from './runtime/clock.ts';
import { Broken } from './runtime/errors.ts';
import { type Failpoints, noFailpoints } from './runtime/failpoints.ts';
import { systemIds } from './runtime/ids.ts';
import type { HistoryLine } from './runtime/journal.ts';
import type { Locks } from './runtime/locks.ts';
import { type Log, noLog } from './runtime/log.ts';
import { MemoryJournal } from './runtime/memory/memory-journal.ts';
import { MemoryLocks } from './runtime/memory/memory-locks.ts';
import { type Database, openDatabase } from './runtime/postgres/database.ts';
import { SqlJournal } from './runtime/postgres/sql-journal.ts';
import { RedisLocks } from './runtime/redis/redis-locks.ts';
import { Runtime } from './runtime/runtime.ts';
import type { Transport } from './runtime/transport.ts';
import { MemoryBroker } from './transports/memory/memory-broker.ts';
import { MemoryTransport } from './transports/memory/memory-transport.ts';
import { RabbitmqTransport } from './transports/rabbitmq/rabbitmq-transport.ts';

export interface DeploymentOptions {
  readonly configs: readonly ExchangeConfig[];
  /** Where a config names none: `pglite://<folder>`, or `pglite://` for one that is gone with the process (the default). */
  readonly databaseUrl?: string;
  readonly log?: Log;
  readonly failpoints?: Failpoints;
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
  /** How long another process may be silent before what it held is taken over, milliseconds. */
  readonly leaseMs?: number;
}

export interface Deployment {
  readonly runtime: Runtime;
  /** A caller on the same broker; close it before the deployment. */
  client(name: string): Promise<Client>;
  /** History lines under a topic (a saga's id), from all journals, oldest first. */
  history(topic: string): Promise<readonly HistoryLine[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Opened {
  readonly database: Database;
  readonly journal: SqlJournal;
}

function commonBroker(configs: readonly ExchangeConfig[]): readonly string[] | undefined {
  const [first] = configs;
  const other = configs.find(({ amqpUrls }) => JSON.stringify(amqpUrls) !== JSON.stringify(first?.amqpUrls));
  if (other === undefined) return first?.amqpUrls;
  const allowed = `the broker of ${first?.file}; services of one process share a broker`;
  throw new ConfigError([{ file: other.file, pointer: '/amqp_url', found: 'another broker', allowed }]);
}

/** Transports to one broker: the one the runtime uses, and more for clients. */
function transportsTo(urls: readonly string[] | undefined, log: Log): () => Transport {
  if (urls === undefined) {
    const broker = new MemoryBroker(systemClock);
    return () => new MemoryTransport(broker);
  }
  return () => new RabbitmqTransport({ urls, clock: systemClock, random: systemChance, log: (line) => log('info', line) });
}

async function openDatabases(configs: readonly ExchangeConfig[], databaseUrl: string, failpoints: Failpoints): Promise<Map<string, Opened>> {
  const byUrl = new Map<string, ExchangeConfig[]>();
  for (const config of configs) {
    const url = config.databaseUrl ?? databaseUrl;
    byUrl.set(url, [...(byUrl.get(url) ?? []), config]);
  }
  const opened = new Map<string, Opened>();
  try {
    for (const [url, group] of byUrl) {
      const stores = [...new Set(group.flatMap((config) => serviceKindOf(config).store ?? []))];
      const database = await openDatabase(url, { stores });
      opened.set(url, { database, journal: new SqlJournal({ database, failpoints }) });
    }
  } catch (error) {
    for (const { journal } of opened.values()) await journal.close();
    throw error;
  }
  return opened;
}

function openLocks(configs: readonly ExchangeConfig[]): Locks {
  const url = configs.find(({ cacheUrl }) => cacheUrl !== undefined)?.cacheUrl;
  return url === undefined ? new MemoryLocks(systemClock) : new RedisLocks({ url });
}

/** Puts services together; `start()` begins. Throws `ConfigError` or `Broken('config-invalid')` before anything is consumed. */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { configs, databaseUrl = 'pglite://', log = noLog, failpoints = noFailpoints } = options;
  const transport = transportsTo(commonBroker(configs), log);
  const databases = await openDatabases(configs, databaseUrl, failpoints);
  const opened = (config: ExchangeConfig): Opened => databases.get(config.databaseUrl ?? databaseUrl) as Opened;
  const locks = openLocks(configs);
  const services = configs.map((config) => serviceKindOf(config).define(config, portsOf(opened(config).database, locks)));
  const runtime = new Runtime({
    ...{ services, failpoints, log },
    transport: transport(),
    journal: ({ config }) => opened(config).journal,
    ephemeral: new MemoryJournal({ stores: [] }),
    ...(options.onHistory === undefined ? {} : { onHistory: options.onHistory }),
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
  });
  return {
    runtime,
    client: (name) => openClient(name, transport(), configs),
    history: (topic) => historyOf([...databases.values()], topic),
    start: () => runtime.start(),
    stop: async () => {
      await runtime.stop();
      await locks.close();
    },
  };
}

function portsOf(database: Database, locks: Locks): ServicePorts {
  return {
    locks,
    store: (name) => {
      const store = database.stores.get(name);
      if (store === undefined) throw new Broken('config-invalid', `the database has no store '${name}'`);
      return store;
    },
  };
}

async function openClient(name: string, transport: Transport, configs: readonly ExchangeConfig[]): Promise<Client> {
  const client = new Client({ transport, name, clock: systemClock, ids: systemIds(systemClock) });
  await client.open(topologyOf(configs));
  return client;
}

async function historyOf(databases: readonly Opened[], topic: string): Promise<readonly HistoryLine[]> {
  const lines = await Promise.all(databases.map(({ journal }) => journal.history(topic)));
  return lines.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}
