/**
 * Services and what their databases store of them, without running the services.
 *
 * Job: opens the databases for the commands that inspect stored actors and dead letters, and closes
 * the databases again.
 *
 * - untouched: opening migrates nothing, and never creates an embedded database that is not there.
 */
import { existsSync } from 'node:fs';
import { type DeployedService, deployedServices } from '../composition/deployed-services.ts';
import { DeploymentDatabases, type OpenedDatabase } from '../composition/deployment-databases.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryLocks } from '../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { embeddedDatabaseUrl } from '../runtime/postgres/database-url.ts';
import { loadConfigs } from './config-files.ts';
import type { StorageOptions } from './storage-options.ts';

export interface StoredServices {
  readonly configs: readonly ExchangeConfig[];
  /** Each database with the services that it stores. */
  readonly groups: readonly {
    readonly database: OpenedDatabase;
    readonly services: readonly ServiceDefinition[];
  }[];
  readonly deadLetters: DeadLetters;
}

/**
 * Rejects with `ConfigError` if a config names no database and the folder has no embedded database.
 */
export async function withStoredServices<Result>(
  { config, data }: StorageOptions,
  work: (stored: StoredServices) => Promise<Result>,
): Promise<Result> {
  const configs = loadConfigs(config);
  checkEmbeddedDatabase(configs, data);
  const services = deployedServices(configs);
  const databases = await DeploymentDatabases.open(services, embeddedDatabaseUrl(data));
  try {
    for (const database of databases.all) await database.check();
    return await work(storedServices(services, databases));
  } finally {
    await databases.close();
  }
}

function checkEmbeddedDatabase(configs: readonly ExchangeConfig[], folder: string): void {
  const embedded = configs.find(({ databaseUrl }) => databaseUrl === undefined);
  if (embedded === undefined || existsSync(folder)) return;
  throw new ConfigError([
    {
      file: embedded.file,
      pointer: '/database_url',
      found: `nothing, and no folder ${folder}`,
      allowed: 'database_url in the environment, or --data with the folder of an embedded database',
    },
  ]);
}

function storedServices(
  deployed: readonly DeployedService[],
  databases: DeploymentDatabases,
): StoredServices {
  const locks = new MemoryLocks(systemClock);
  const configs = deployed.map(({ config }) => config);
  const groups = databases.all.map((database) => ({
    database,
    services: deployed
      .filter(({ config }) => databases.of(config) === database)
      .map(({ config, define }) => define(databases.portsOf([config], locks))),
  }));
  const journals = new Map(configs.map((config) => [config.svcName, databases.of(config).journal]));
  return { configs, groups, deadLetters: new DeadLetters(journals, systemClock) };
}
