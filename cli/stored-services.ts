/**
 * Services and their stored rows, without running the services.
 *
 * Job: opens the databases for the commands that inspect stored actors and dead letters, and closes
 * the databases again.
 *
 * - one-reader: only one process may open an embedded database. The rows of a running `unanimous
 *   up` with the same data folder are therefore read through that process.
 * - untouched: opening migrates nothing, and never creates a missing embedded database.
 */
import { existsSync } from 'node:fs';
import { type DeployedService, deployedServices } from '../composition/deployed-services.ts';
import { DeploymentDatabases } from '../composition/deployment-databases.ts';
import { LatePorts } from '../composition/late-ports.ts';
import { type WhySources, whySources } from '../composition/why-sources.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryLocks } from '../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { Broken, errorText } from '../runtime/ports/errors.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import { embeddedDatabaseUrl } from '../runtime/postgres/database-url.ts';
import { isOfOtherTables } from '../runtime/postgres/driver-errors.ts';
import { loadServices } from './config-files.ts';
import { type ReadJournal, RunningProcess } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';

/** A journal, and the services whose rows it stores. */
export interface StoredJournal {
  readonly journal: ReadJournal;
  /** Of a running process all its services, also those that the command does not know. */
  readonly names: readonly string[];
  /** The services that the command knows, made by the code of the command. */
  readonly services: readonly ServiceDefinition[];
}

export interface StoredServices {
  readonly configs: readonly ExchangeConfig[];
  /** Without the databases that no service has used yet. */
  readonly journals: readonly StoredJournal[];
}

/**
 * Rejects with `Broken('config-invalid')` if a config names no database, the folder has no embedded
 * database and no `unanimous up` runs with the folder.
 */
export async function withStoredServices<Result>(
  options: StorageOptions,
  work: (stored: StoredServices) => Promise<Result>,
): Promise<Result> {
  const running = await RunningProcess.find(options.data);
  if (running === undefined)
    return withDatabases(options, async (services, databases) =>
      work({ configs: configsOf(services), journals: await usedJournals(services, databases) }),
    );
  const services = await servicesOf(options);
  return work({ configs: configsOf(services), journals: runningJournals(services, running) });
}

/** The dead letters of the databases, without the databases that no service has used yet. */
export function withStoredDeadLetters<Result>(
  options: StorageOptions,
  work: (deadLetters: DeadLetters) => Promise<Result>,
): Promise<Result> {
  return withDatabases(options, async (services, databases) => {
    const known = configsOf(services).map(({ svcName }) => svcName);
    const journals = new Map<string, Journal>();
    for (const config of configsOf(services)) {
      const database = databases.of(config);
      if (await database.isMade()) journals.set(config.svcName, database.journal);
    }
    return work(new DeadLetters(journals, systemClock, systemIds(systemClock), known));
  });
}

/**
 * The rows of all services that `why` reads. Of a service whose own tables no process has made yet,
 * only the rows of its journal.
 */
export async function withStoredRows<Result>(
  options: StorageOptions,
  work: (sources: WhySources) => Promise<Result>,
): Promise<Result> {
  const { configs, given } = await loadServices(options);
  const services = deployedServices(configs, given.services);
  checkEmbeddedDatabase(services, options.data);
  return withOpenDatabases(services, options, async (databases) => {
    const locks = new MemoryLocks(systemClock);
    databases.settle(given.late, locks);
    const made: ServiceDefinition[] = [];
    const journals = new Map<string, Journal>();
    for (const { config, define } of services) {
      const database = databases.of(config);
      if (!(await database.hasTables([]))) continue;
      journals.set(config.svcName, database.journal);
      const definition = define(databases.portsOf([config], locks));
      if (await database.hasTables([...definition.stores.keys()])) made.push(definition);
    }
    return work(whySources(made, journals));
  });
}

/**
 * The databases with every store of the services. `folder`: whether an embedded database has to be
 * `there`, or is `made` where the folder is not.
 */
export async function withMigratedDatabases<Result>(
  options: StorageOptions,
  folder: 'there' | 'made',
  work: (databases: DeploymentDatabases) => Promise<Result>,
): Promise<Result> {
  const services = await servicesOf(options);
  if (folder === 'there') checkEmbeddedDatabase(services, options.data);
  return withOpenDatabases(services, options, work);
}

async function servicesOf(options: StorageOptions): Promise<readonly DeployedService[]> {
  const { configs, given } = await loadServices(options);
  return deployedServices(configs, given.services);
}

async function withDatabases<Result>(
  options: StorageOptions,
  work: (services: readonly DeployedService[], databases: DeploymentDatabases) => Promise<Result>,
): Promise<Result> {
  const services = await servicesOf(options);
  checkEmbeddedDatabase(services, options.data);
  return withOpenDatabases(services, options, async (databases) => {
    try {
      return await work(services, databases);
    } catch (error) {
      throw await ofOlderTables(databases, error);
    }
  });
}

/** The error, or what to do about it where the code cannot read tables of older code. */
async function ofOlderTables(databases: DeploymentDatabases, error: unknown): Promise<unknown> {
  if (!isOfOtherTables(error)) return error;
  const pending = (await databases.migrations()).flatMap(({ migrations }) =>
    migrations.flatMap(({ name, ranAtMs }) => (ranAtMs === null ? [name] : [])),
  );
  if (pending.length === 0) return error;
  return new Broken(
    'config-invalid',
    `the tables are those of older code: found ${pending.join(', ')} not run; run 'unanimous migrate up' ` +
      `first, while the older processes go on (${errorText(error)})`,
    { cause: error },
  );
}

async function withOpenDatabases<Result>(
  services: readonly DeployedService[],
  { data }: StorageOptions,
  work: (databases: DeploymentDatabases) => Promise<Result>,
): Promise<Result> {
  const databases = await DeploymentDatabases.open(services, embeddedDatabaseUrl(data));
  try {
    for (const database of databases.all) await database.check();
    return await work(databases);
  } finally {
    await databases.close();
  }
}

function configsOf(services: readonly DeployedService[]): readonly ExchangeConfig[] {
  return services.map(({ config }) => config);
}

async function usedJournals(
  services: readonly DeployedService[],
  databases: DeploymentDatabases,
): Promise<readonly StoredJournal[]> {
  const used: StoredJournal[] = [];
  for (const database of databases.all) {
    const stored = services.filter(({ config }) => databases.of(config) === database);
    if (await database.isMade())
      used.push({
        journal: database.journal,
        names: configsOf(stored).map(({ svcName }) => svcName),
        services: stored.map(definition),
      });
  }
  return used;
}

function runningJournals(
  services: readonly DeployedService[],
  running: RunningProcess,
): readonly StoredJournal[] {
  return running.journals.map((names) => ({
    journal: running.journal(names[0] ?? ''),
    names,
    services: services.filter(({ config }) => names.includes(config.svcName)).map(definition),
  }));
}

/** Nothing reads a store of a service that does not run. */
function definition({ define }: DeployedService): ServiceDefinition {
  return define(new LatePorts());
}

function checkEmbeddedDatabase(services: readonly DeployedService[], folder: string): void {
  const embedded = services.find(({ config }) => config.databaseUrl === undefined)?.config;
  if (embedded === undefined || existsSync(folder)) return;
  throw new Broken(
    'config-invalid',
    `${embedded.svcName} has stored nothing here: found no database_url, and no folder ${folder}; allowed: ` +
      "the folder of 'unanimous up' as --data, or database_url in the environment; services of your own are " +
      'named with --config or --module',
  );
}
