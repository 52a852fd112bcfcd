/** Services as their databases hold them, opened without running anything: for the commands that look after what is stored. */
import { existsSync } from 'node:fs';
import { serviceKindOf } from '../actors/catalog.ts';
import { type OpenedDatabase, openDatabases, portsOf } from '../composition/opened-databases.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryLocks } from '../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { systemClock } from '../runtime/ports/clock.ts';

export interface StoredServices {
  /** Each database with the services that are in it. */
  readonly groups: readonly {
    readonly database: OpenedDatabase;
    readonly services: readonly ServiceDefinition[];
  }[];
  readonly deadLetters: DeadLetters;
}

/** Opens what the configs name, or the embedded database in `data`, and closes it again. Nothing is migrated by opening. */
export async function withStored<T>(
  configs: readonly ExchangeConfig[],
  data: string,
  work: (stored: StoredServices) => Promise<T>,
): Promise<T> {
  const embedded = configs.find(({ databaseUrl }) => databaseUrl === undefined);
  if (embedded !== undefined && !existsSync(data)) {
    const allowed =
      'a database in the environment as database_url, or --data with the folder of an embedded one';
    throw new ConfigError([
      {
        file: embedded.file,
        pointer: '/database_url',
        found: `nothing, and no folder ${data}`,
        allowed,
      },
    ]);
  }
  const url = `pglite://${encodeURI(data)}`;
  const databases = await openDatabases(configs, url);
  try {
    return await work(storedServices(configs, url, databases));
  } finally {
    for (const { journal } of databases.values()) await journal.close();
  }
}

function storedServices(
  configs: readonly ExchangeConfig[],
  url: string,
  databases: ReadonlyMap<string, OpenedDatabase>,
): StoredServices {
  const locks = new MemoryLocks(systemClock);
  const groups = [...databases].map(([databaseUrl, database]) => ({
    database,
    services: configs
      .filter((config) => (config.databaseUrl ?? url) === databaseUrl)
      .map((config) => serviceKindOf(config).define(config, portsOf(database, locks))),
  }));
  const journals = new Map(
    groups.flatMap(({ database, services }) =>
      services.map(({ name }) => [name, database.journal] as const),
    ),
  );
  return { groups, deadLetters: new DeadLetters(journals, systemClock) };
}
