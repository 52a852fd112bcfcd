/**
 * The databases of some configs, opened: a journal for each, with the stores that share its transactions, and what all of them together
 * tell of a saga.
 *
 * 1. One journal for each database; a config without a `database_url` uses the one given.
 * 2. When one cannot be opened, those that were are closed again.
 */

import { type ServicePorts, type ServiceStore, serviceKindOf } from '../actors/catalog.ts';
import { hierarchyRead, hierarchyStoreName, type SagaPart } from '../actors/hierarchy/store.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { MemoryJournal } from '../runtime/memory/memory-journal.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { type Failpoints, noFailpoints } from '../runtime/ports/failpoints.ts';
import type { HistoryLine, Journal } from '../runtime/ports/journal.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import type { Store } from '../runtime/ports/store.ts';
import { type DatabaseOptions, openDatabase } from '../runtime/postgres/database.ts';
import { SqlJournal } from '../runtime/postgres/sql-journal.ts';
import { tableCounts } from '../runtime/postgres/table-counts.ts';

/** One journal with the stores that share its transactions. */
export interface OpenedDatabase {
  readonly stores: ReadonlyMap<string, Pick<Store<never>, 'name' | 'read'>>;
  readonly journal: Journal;
  /** Whether anything has ever been stored there. */
  readonly isMade: () => Promise<boolean>;
  readonly counts: () => Promise<Readonly<Record<string, number>>>;
}

/** `strict`: a server that may lose what it has committed is refused; else `warn` is told. */
export type OpeningOptions = Pick<DatabaseOptions, 'failpoints' | 'strict' | 'warn'>;

function openInMemory(stores: readonly ServiceStore[], failpoints: Failpoints): OpenedDatabase {
  const made = stores.map(({ memory }) => memory());
  const journal = new MemoryJournal({ stores: made, failpoints });
  return {
    journal,
    stores: new Map(made.map((store) => [store.name, store])),
    isMade: async () => true,
    counts: () => journal.counts(),
  };
}

async function openOne(
  url: string,
  stores: readonly ServiceStore[],
  options: OpeningOptions,
): Promise<OpenedDatabase> {
  const { failpoints = noFailpoints } = options;
  if (url === 'memory://') return openInMemory(stores, failpoints);
  const database = await openDatabase(url, { ...options, stores: stores.map(({ sql }) => sql) });
  const journal = new SqlJournal({ database, failpoints });
  return {
    stores: database.stores,
    journal,
    isMade: () => journal.isMade(),
    counts: () => tableCounts(database),
  };
}

function byDatabase(
  configs: readonly ExchangeConfig[],
  databaseUrl: string,
): ReadonlyMap<string, readonly ServiceStore[]> {
  const urls = [...new Set(configs.map((config) => config.databaseUrl ?? databaseUrl))];
  const storesOf = (url: string): readonly ServiceStore[] => {
    const group = configs.filter((config) => (config.databaseUrl ?? databaseUrl) === url);
    return [...new Set(group.flatMap((config) => serviceKindOf(config).store ?? []))];
  };
  return new Map(urls.map((url) => [url, storesOf(url)]));
}

/** By their URLs. */
export async function openDatabases(
  configs: readonly ExchangeConfig[],
  databaseUrl: string,
  options: OpeningOptions = {},
): Promise<ReadonlyMap<string, OpenedDatabase>> {
  const opened = new Map<string, OpenedDatabase>();
  try {
    for (const [url, stores] of byDatabase(configs, databaseUrl))
      opened.set(url, await openOne(url, stores, options));
  } catch (error) {
    for (const { journal } of opened.values()) await journal.close();
    throw error;
  }
  return opened;
}

/** What a service's code needs of its database. */
export function portsOf(database: OpenedDatabase, locks: Locks): ServicePorts {
  return {
    locks,
    store: (name) => {
      const store = database.stores.get(name);
      if (store === undefined)
        throw new Broken('config-invalid', `the database has no store '${name}'`);
      return store;
    },
  };
}

/** Lines under a topic from all of them, oldest first. */
export async function historyOf(
  databases: readonly OpenedDatabase[],
  topic: string,
): Promise<readonly HistoryLine[]> {
  const lines = await Promise.all(databases.map(({ journal }) => journal.history(topic)));
  return lines.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

/** What each of these services has to do with the sagas under way. */
export async function sagaPartsOf(
  configs: readonly ExchangeConfig[],
  opened: (config: ExchangeConfig) => OpenedDatabase,
): Promise<readonly SagaPart[]> {
  const parts: SagaPart[] = [];
  for (const config of configs.filter(({ hierarchy }) => hierarchy !== undefined)) {
    const { op, args } = hierarchyRead('sagas', { service: config.svcName });
    const found = await opened(config).stores.get(hierarchyStoreName)?.read(op, args);
    parts.push(...((found ?? []) as unknown as readonly SagaPart[]));
  }
  return parts;
}
