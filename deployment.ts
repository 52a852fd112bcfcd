/**
 * Services put together from their configs: which broker, which databases, which locks.
 *
 * 1. One journal for each database; a config without a `database_url` uses the embedded PGlite, one for all of them.
 * 2. Without an `amqp_url` the transport is in memory, and the process is alone with itself. Services of one process share a broker.
 * 3. Everything that was opened is closed again, also when opening fails half-way.
 */

import { type ServicePorts, type ServiceStore, serviceKindOf } from './catalog.ts';
import { ConfigError } from './config/config-error.ts';
import type { ExchangeConfig } from './config/exchange-config.ts';
import { createRuntime, memoryTransports, rabbitmqTransports } from './create-runtime.ts';
import type { Client } from './runtime/client.ts';
import { systemClock } from './runtime/clock.ts';
import { Broken } from './runtime/errors.ts';
import { type Failpoints, noFailpoints } from './runtime/failpoints.ts';
import type { HistoryLine, Journal } from './runtime/journal.ts';
import type { Locks } from './runtime/locks.ts';
import { type Log, noLog } from './runtime/log.ts';
import { MemoryJournal } from './runtime/memory/memory-journal.ts';
import { MemoryLocks } from './runtime/memory/memory-locks.ts';
import { openDatabase } from './runtime/postgres/database.ts';
import { SqlJournal } from './runtime/postgres/sql-journal.ts';
import { tableCounts } from './runtime/postgres/table-counts.ts';
import { RedisLocks } from './runtime/redis/redis-locks.ts';
import type { Store } from './runtime/store.ts';

export interface DeploymentOptions {
  readonly configs: readonly ExchangeConfig[];
  /**
   * Where a config names none: `pglite://<folder>`, `pglite://` for one that is gone with the process (the default), or `memory://`
   * for no database at all.
   */
  readonly databaseUrl?: string;
  readonly log?: Log;
  readonly failpoints?: Failpoints;
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
  /** How long another process may be silent before what it held is taken over, milliseconds. */
  readonly leaseMs?: number;
}

export interface Deployment {
  /** A caller on the same broker; close it before the deployment. */
  client(name: string): Promise<Client>;
  /** History lines under a topic (a saga's id), from all journals, oldest first. */
  history(topic: string): Promise<readonly HistoryLine[]>;
  /** Rows of every table, by `journal.<table>` and `<store>.<table>`; of several databases, their sums. */
  counts(): Promise<Readonly<Record<string, number>>>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** One journal with the stores that share its transactions. */
interface OpenedDatabase {
  readonly stores: ReadonlyMap<string, Pick<Store<never>, 'name' | 'read'>>;
  readonly journal: Journal;
  readonly counts: () => Promise<Readonly<Record<string, number>>>;
}

function sharedBroker(configs: readonly ExchangeConfig[]): readonly string[] | undefined {
  const [first] = configs;
  const other = configs.find(({ amqpUrls }) => JSON.stringify(amqpUrls) !== JSON.stringify(first?.amqpUrls));
  if (other === undefined) return first?.amqpUrls;
  const allowed = `the broker of ${first?.file}; services of one process share a broker`;
  throw new ConfigError([{ file: other.file, pointer: '/amqp_url', found: 'another broker', allowed }]);
}

function openInMemory(stores: readonly ServiceStore[], failpoints: Failpoints): OpenedDatabase {
  const made = stores.map(({ memory }) => memory());
  const journal = new MemoryJournal({ stores: made, failpoints });
  return { journal, stores: new Map(made.map((store) => [store.name, store])), counts: () => journal.counts() };
}

async function openOne(url: string, stores: readonly ServiceStore[], failpoints: Failpoints): Promise<OpenedDatabase> {
  if (url === 'memory://') return openInMemory(stores, failpoints);
  const database = await openDatabase(url, { stores: stores.map(({ sql }) => sql), failpoints });
  return { stores: database.stores, journal: new SqlJournal({ database, failpoints }), counts: () => tableCounts(database) };
}

function byDatabase(configs: readonly ExchangeConfig[], databaseUrl: string): ReadonlyMap<string, readonly ServiceStore[]> {
  const urls = [...new Set(configs.map((config) => config.databaseUrl ?? databaseUrl))];
  const storesOf = (url: string): readonly ServiceStore[] => {
    const group = configs.filter((config) => (config.databaseUrl ?? databaseUrl) === url);
    return [...new Set(group.flatMap((config) => serviceKindOf(config).store ?? []))];
  };
  return new Map(urls.map((url) => [url, storesOf(url)]));
}

async function openDatabases(
  configs: readonly ExchangeConfig[],
  databaseUrl: string,
  failpoints: Failpoints,
): Promise<ReadonlyMap<string, OpenedDatabase>> {
  const opened = new Map<string, OpenedDatabase>();
  try {
    for (const [url, stores] of byDatabase(configs, databaseUrl)) opened.set(url, await openOne(url, stores, failpoints));
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
  const urls = sharedBroker(configs);
  const databases = await openDatabases(configs, databaseUrl, failpoints);
  const opened = (config: ExchangeConfig): OpenedDatabase => databases.get(config.databaseUrl ?? databaseUrl) as OpenedDatabase;
  const locks = openLocks(configs);
  const running = createRuntime({
    ...{ failpoints, log },
    services: configs.map((config) => serviceKindOf(config).define(config, portsOf(opened(config), locks))),
    transports: urls === undefined ? memoryTransports() : rabbitmqTransports(urls, log),
    journal: ({ config }) => opened(config).journal,
    ...(options.onHistory === undefined ? {} : { onHistory: options.onHistory }),
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
  });
  return {
    start: running.start,
    client: running.client,
    history: (topic) => historyOf([...databases.values()], topic),
    counts: () => countsOf([...databases.values()]),
    stop: async () => {
      await running.stop();
      await locks.close();
    },
  };
}

function portsOf(database: OpenedDatabase, locks: Locks): ServicePorts {
  return {
    locks,
    store: (name) => {
      const store = database.stores.get(name);
      if (store === undefined) throw new Broken('config-invalid', `the database has no store '${name}'`);
      return store;
    },
  };
}

async function historyOf(databases: readonly OpenedDatabase[], topic: string): Promise<readonly HistoryLine[]> {
  const lines = await Promise.all(databases.map(({ journal }) => journal.history(topic)));
  return lines.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

async function countsOf(databases: readonly OpenedDatabase[]): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const counts of await Promise.all(databases.map((database) => database.counts()))) {
    for (const [table, rows] of Object.entries(counts)) sums[table] = (sums[table] ?? 0) + rows;
  }
  return sums;
}
