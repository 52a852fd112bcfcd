/**
 * Puts services together, from configs of the package's services and from services of somebody's
 * own: their broker, databases and locks.
 *
 * Boundary: knows services and adapters; `createRuntime` runs the services.
 *
 * - one-broker: the services of one process share a broker, each as its own user or all as one.
 *   Without an `amqp_url` the transport is in memory, and no other process can reach the services.
 * - all-or-none: if opening fails, everything that was opened is closed again.
 */

import type { SagaPart } from '../actors/consent/ledger/store.ts';
import { sagaRecord } from '../actors/consent/saga-record.ts';
import type { SagaRecord } from '../actors/consent/saga-record-schema.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { sharedSettings } from '../config/process-settings.ts';
import type { Client } from '../runtime/client.ts';
import type { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryLocks } from '../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { type Failpoints, noFailpoints } from '../runtime/ports/failpoints.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { HistoryLine, TurnCommit } from '../runtime/ports/journal-rows.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import { type Log, warningsToStderr } from '../runtime/ports/log.ts';
import type { Retention } from '../runtime/ports/retention.ts';
import type { Tracer } from '../runtime/ports/tracing.ts';
import type { Transports } from '../runtime/ports/transport.ts';
import { RedisLocks } from '../runtime/redis/redis-locks.ts';
import type { RuntimeOptions } from '../runtime/runtime-options.ts';
import { createRuntime } from './create-runtime.ts';
import { type DeployedService, deployedServices } from './deployed-services.ts';
import {
  type DatabaseMigrations,
  DeploymentDatabases,
  type RowCounts,
} from './deployment-databases.ts';
import { logDone } from './done-lines.ts';
import { gatheredServices, type LateServices, type ServiceSource } from './given-services.ts';
import { logHistoryWarnings } from './history-warnings.ts';
import { requestSaga } from './request-saga.ts';
import { transportsAt } from './transport-schemes.ts';
import { why } from './why.ts';
import type { Why } from './why-documents.ts';
import { type WhySources, whySources } from './why-sources.ts';

/** The services to put together, and defaults for options that their configs leave open. */
export interface DeploymentOptions {
  /**
   * Configs of services of the package, and of services in `services` that bring none. Default:
   * none.
   */
  readonly configs?: readonly ExchangeConfig[];
  /**
   * Services of your own, and those of `packageServices`. The stores of a service are opened in the
   * journal of its `database_url`, once for all services that name them.
   */
  readonly services?: readonly ServiceSource[];
  /**
   * The database of configs without a `database_url`: `pglite://<folder>`; `pglite://` for an
   * embedded database that ends with the process (the default); `memory://` for no database at all.
   */
  readonly databaseUrl?: string;
  /** Default: warnings and errors on standard error. */
  readonly log?: Log;
  /** Makes spans of what happens. Default: none are made. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints?: Failpoints;
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
  /** Called with turns once they are committed. The turns must not be changed. */
  readonly onTurns?: (turns: readonly TurnCommit[]) => void;
  /**
   * How long another process may be silent before its messages and activities are taken over,
   * milliseconds. Default 5 000.
   */
  readonly leaseMs?: number;
  /**
   * How long finished actors and their history are kept, milliseconds. Default: `defaultRetention`.
   */
  readonly retention?: Partial<Retention>;
  /**
   * Refuses a database server that may lose what it has committed. Default: `warn` is called
   * instead.
   */
  readonly strict?: boolean;
  /** Default: the text goes to the log. */
  readonly warn?: (text: string) => void;
}

/** Services that were put together by `openDeployment`. `start` and `stop` are idempotent. */
export interface Deployment {
  /** The configs of all services. */
  readonly configs: readonly ExchangeConfig[];
  /** The definitions of all services. */
  readonly services: readonly ServiceDefinition[];
  /** The tracer of the options. */
  readonly tracer: Tracer | undefined;
  /** A client on the same broker; close the client before the deployment. */
  client(name: string): Promise<Client>;
  /**
   * History lines under a topic (the id of a saga, for example) from all journals, oldest first.
   */
  history(topic: string): Promise<readonly HistoryLine[]>;
  /**
   * The record of a saga: its voters, their answers, decisions, removals and open questions.
   * `undefined` if no journal knows the saga.
   */
  sagaRecord(saga: string): Promise<SagaRecord | undefined>;
  /**
   * The saga that a request has begun. `request`: the identity of the request,
   * `<message_id>@<app_id>`. `undefined` if no journal knows such a saga.
   */
  sagaOf(request: string): Promise<string | undefined>;
  /**
   * Why a saga, a node, a card or an actor waits: `subject` is the id of any of them, the identity
   * of a request, or `<service>/<machine>/<key>`. Rejects with `Refused('not-found')` for any other
   * id.
   */
  why(subject: string): Promise<Why>;
  /** The part of each service in each saga that is under way. */
  sagas(): Promise<readonly SagaPart[]>;
  /** Messages of these services that no machine handled. */
  readonly deadLetters: DeadLetters;
  /** Rows by table, `journal.<table>` and `<store>.<table>`; of several databases, the sums. */
  counts(): Promise<RowCounts>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Puts the services together; `start()` begins to consume, and waits for a broker and a database
 * server that are not up yet. Rejects with `ConfigError` or `Broken('config-invalid')` if the
 * services and configs do not fit together, two services have one name or a URL is none, and with
 * `Transient('journal-locked')` if another process has the embedded database.
 */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { configs = [], services: sources = [] } = options;
  const places = sources.map((source, index) => [`services[${index}]`, source] as const);
  const gathered = await gatheredServices(new Map(places));
  return openServices(deployedServices(configs, gathered.services), gathered.late, options);
}

/** A deployment with its parts, for the command. */
export interface OpenDeployment extends Deployment {
  /** By name of the service. */
  readonly journals: ReadonlyMap<string, Journal>;
  readonly sources: WhySources;
  migrations(): Promise<readonly DatabaseMigrations[]>;
}

export type OpeningOptions = Omit<DeploymentOptions, 'configs' | 'services'>;

/**
 * Puts services together that are matched with their configs. `late`: functions that wait for the
 * stores of their services. Rejects as `openDeployment` does.
 */
export async function openServices(
  services: readonly DeployedService[],
  late: readonly LateServices[],
  options: OpeningOptions,
): Promise<OpenDeployment> {
  const { databaseUrl = 'pglite://', log = warningsToStderr, failpoints = noFailpoints } = options;
  const { strict = false, warn = (text) => log('error', text) } = options;
  const configs = services.map(({ config }) => config);
  const transports = await transportsAt(sharedBroker(configs), { log });
  const locks = openLocks(configs, log);
  const opening = { failpoints, strict, warn };
  const databases = await DeploymentDatabases.open(services, databaseUrl, opening).catch(
    async (error: unknown) => {
      await locks.close();
      throw error;
    },
  );
  try {
    databases.settle(late, locks);
    return deploymentOn({ services, databases, locks, transports, log, failpoints }, options);
  } catch (error) {
    await locks.close();
    await databases.close();
    throw error;
  }
}

/** Everything a deployment works with, open. */
interface Opened {
  readonly services: readonly DeployedService[];
  readonly databases: DeploymentDatabases;
  readonly locks: Locks;
  readonly transports: Transports;
  readonly log: Log;
  readonly failpoints: Failpoints;
}

function deploymentOn(opened: Opened, options: OpeningOptions): OpenDeployment {
  const { services, databases, locks, transports, log, failpoints } = opened;
  const { onTurns, tracer } = options;
  const definitions = services.map(({ config, define }) =>
    define(databases.portsOf([config], locks)),
  );
  const runtime = createRuntime({
    services: definitions,
    transports,
    journal: ({ config }) => databases.of(config).journal,
    onHistory: (lines) => {
      logHistoryWarnings(lines, log);
      options.onHistory?.(lines);
    },
    failpoints,
    log,
    tracer,
    ...runtimeSettings(services, options),
    onTurns: (commits) => {
      logDone(commits, log);
      onTurns?.(commits);
    },
  });
  const configs = services.map(({ config }) => config);
  const journals = new Map(
    configs.map((config) => [config.svcName, databases.of(config).journal] as const),
  );
  const sources = whySources(definitions, journals);
  return {
    configs,
    tracer,
    services: definitions,
    journals,
    sources,
    why: (subject) => why(subject, sources),
    start: runtime.start,
    client: runtime.client,
    deadLetters: runtime.deadLetters,
    history: (topic) => databases.history(topic),
    sagaRecord: async (saga) => sagaRecord(saga, await databases.history(saga)),
    sagaOf: (request) => requestSaga(request, journals),
    sagas: () => databases.sagaParts(),
    counts: () => databases.counts(),
    migrations: () => databases.migrations(),
    stop: async () => {
      await runtime.stop();
      await locks.close();
    },
  };
}

/** The options go before the sections `process` of the configs. */
function runtimeSettings(
  services: readonly DeployedService[],
  { leaseMs, retention }: OpeningOptions,
): Pick<RuntimeOptions, 'prefetch' | 'cacheMax' | 'leaseMs' | 'fuse' | 'retention'> {
  const shared = sharedSettings(services.map(({ config }) => config.process));
  const lease = leaseMs ?? shared.leaseMs;
  return {
    ...(shared.prefetch === undefined ? {} : { prefetch: shared.prefetch }),
    ...(shared.cachedActors === undefined ? {} : { cacheMax: shared.cachedActors }),
    ...(lease === undefined ? {} : { leaseMs: lease }),
    ...(shared.fuse === undefined ? {} : { fuse: shared.fuse }),
    retention: { ...shared.retention, ...retention },
  };
}

function sharedBroker(configs: readonly ExchangeConfig[]): readonly string[] {
  const brokerOf = ({ brokerUrls = ['memory://'] }: ExchangeConfig) => brokerUrls;
  const [first] = configs;
  const urls = first === undefined ? ['memory://'] : brokerOf(first);
  const other = configs.find((config) => JSON.stringify(brokerOf(config)) !== JSON.stringify(urls));
  if (other === undefined) return urls;
  const allowed = `the broker of ${first?.file}: the services of one process share a broker; broker_user gives a service a user of its own`;
  throw new ConfigError([
    { file: other.file, pointer: '/amqp_url', found: 'another broker', allowed },
  ]);
}

function openLocks(configs: readonly ExchangeConfig[], log: Log): Locks {
  const url = configs.find(({ cacheUrl }) => cacheUrl !== undefined)?.cacheUrl;
  return url === undefined ? new MemoryLocks(systemClock) : new RedisLocks({ url, log });
}
