/**
 * Services put together from their configs: which broker, which databases, which locks.
 *
 * 1. One journal for each database; a config without a `database_url` uses the embedded PGlite, one for all of them.
 * 2. Without an `amqp_url` the transport is in memory, and the process is alone with itself. Services of one process share a broker.
 * 3. Everything that was opened is closed again, also when opening fails half-way.
 */

import { serviceKindOf } from '../actors/catalog.ts';
import { sagaRecord } from '../actors/consent/saga-record.ts';
import type { SagaRecord } from '../actors/consent/saga-record-schema.ts';
import type { SagaPart } from '../actors/hierarchy/store.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import type { Client } from '../runtime/client.ts';
import type { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryLocks } from '../runtime/memory/memory-locks.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { type Failpoints, noFailpoints } from '../runtime/ports/failpoints.ts';
import type { HistoryLine } from '../runtime/ports/journal.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import { type Log, noLog } from '../runtime/ports/log.ts';
import type { Retention } from '../runtime/ports/retention.ts';
import { RedisLocks } from '../runtime/redis/redis-locks.ts';
import { createRuntime, memoryTransports, rabbitmqTransports } from './create-runtime.ts';
import {
  historyOf,
  type OpenedDatabase,
  openDatabases,
  portsOf,
  sagaPartsOf,
} from './opened-databases.ts';
import { warnedOf } from './warnings.ts';

/** Which services to put together; what the configs leave open has its default here. */
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
  /** How long what is over is kept, milliseconds; default: `defaultRetention`. */
  readonly retention?: Partial<Retention>;
  /** A database server that may lose what it has committed is refused. Default: `warn` is told, or the log. */
  readonly strict?: boolean;
  readonly warn?: (text: string) => void;
}

/** Services that were put together by `openDeployment`. `start` and `stop` are idempotent. */
export interface Deployment {
  /** A caller on the same broker; close it before the deployment. */
  client(name: string): Promise<Client>;
  /** History lines under a topic (a saga's id), from all journals, oldest first. */
  history(topic: string): Promise<readonly HistoryLine[]>;
  /** The record of a saga: who was asked, who said what, what was decided and removed, what is open. Undefined when no journal knows it. */
  sagaRecord(saga: string): Promise<SagaRecord | undefined>;
  /** The part of each service in each saga that is under way. */
  sagas(): Promise<readonly SagaPart[]>;
  /** Messages of these services that nobody handled. */
  readonly deadLetters: DeadLetters;
  /** Rows of every table, by `journal.<table>` and `<store>.<table>`; of several databases, their sums. */
  counts(): Promise<Readonly<Record<string, number>>>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

function sharedBroker(configs: readonly ExchangeConfig[]): readonly string[] | undefined {
  const [first] = configs;
  const other = configs.find(
    ({ amqpUrls }) => JSON.stringify(amqpUrls) !== JSON.stringify(first?.amqpUrls),
  );
  if (other === undefined) return first?.amqpUrls;
  const allowed = `the broker of ${first?.file}; services of one process share a broker`;
  throw new ConfigError([
    { file: other.file, pointer: '/amqp_url', found: 'another broker', allowed },
  ]);
}

function openLocks(configs: readonly ExchangeConfig[]): Locks {
  const url = configs.find(({ cacheUrl }) => cacheUrl !== undefined)?.cacheUrl;
  return url === undefined ? new MemoryLocks(systemClock) : new RedisLocks({ url });
}

/** Puts services together; `start()` begins. Throws `ConfigError` or `Broken('config-invalid')` before anything is consumed. */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { configs, databaseUrl = 'pglite://', log = noLog, failpoints = noFailpoints } = options;
  const urls = sharedBroker(configs);
  const { strict = false, warn = (text) => log('error', text) } = options;
  const databases = await openDatabases(configs, databaseUrl, { failpoints, strict, warn });
  const opened = (config: ExchangeConfig): OpenedDatabase =>
    databases.get(config.databaseUrl ?? databaseUrl) as OpenedDatabase;
  const locks = openLocks(configs);
  const running = createRuntime({
    ...{ failpoints, log },
    services: configs.map((config) =>
      serviceKindOf(config).define(config, portsOf(opened(config), locks)),
    ),
    transports: urls === undefined ? memoryTransports() : rabbitmqTransports(urls, log),
    journal: ({ config }) => opened(config).journal,
    onHistory: (lines) => {
      warnedOf(lines, log);
      options.onHistory?.(lines);
    },
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    ...(options.retention === undefined ? {} : { retention: options.retention }),
  });
  return {
    start: running.start,
    client: running.client,
    deadLetters: running.deadLetters,
    history: (topic) => historyOf([...databases.values()], topic),
    sagaRecord: async (saga) => sagaRecord(saga, await historyOf([...databases.values()], saga)),
    sagas: () => sagaPartsOf(configs, opened),
    counts: () => countsOf([...databases.values()]),
    stop: async () => {
      await running.stop();
      await locks.close();
    },
  };
}

async function countsOf(
  databases: readonly OpenedDatabase[],
): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const counts of await Promise.all(databases.map((database) => database.counts()))) {
    for (const [table, rows] of Object.entries(counts)) sums[table] = (sums[table] ?? 0) + rows;
  }
  return sums;
}
