/**
 * The open databases of a set of services: a journal for each, with the stores that share its
 * transactions.
 *
 * - one-journal: services with the same `database_url` share one journal; a service without a URL
 *   uses the default URL.
 * - one-store: a store that several services of a journal name is opened once.
 * - all-or-none: if a database cannot be opened, the databases that are already open are closed
 *   again.
 */
import { ledgerRead, ledgerStoreName, type SagaPart } from '../actors/consent/ledger/store.ts';
import type { ServicePorts, ServiceStore } from '../actors/modules/service-module.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { sharedSettings } from '../config/process-settings.ts';
import { MemoryJournal } from '../runtime/memory/memory-journal.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { type Failpoints, noFailpoints } from '../runtime/ports/failpoints.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import type { ReadableStore } from '../runtime/ports/store.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../runtime/postgres/database.ts';
import type { MigrationState } from '../runtime/postgres/migration-states.ts';
import { SqlJournal } from '../runtime/postgres/sql-journal.ts';
import { tableCounts } from '../runtime/postgres/table-counts.ts';
import type { DeployedService } from './deployed-services.ts';
import type { LateServices } from './given-services.ts';
import { distinctStores, storesInMemory } from './service-stores.ts';

/** A journal with the stores that share its transactions. */
export interface OpenedDatabase {
  readonly stores: ReadonlyMap<string, ReadableStore>;
  readonly journal: Journal;
  /** Connects. Rejects if the server cannot be reached or refuses, or has tables of other code. */
  readonly check: () => Promise<void>;
  /** Whether the journal's tables exist: false for a database that no service has used yet. */
  readonly isMade: () => Promise<boolean>;
  /**
   * Whether the tables of the journal and of these stores exist in the form that this code expects.
   */
  readonly hasTables: (stores: readonly string[]) => Promise<boolean>;
  /** Rows by table, `journal.<table>` and `<store>.<table>`. */
  readonly counts: () => Promise<RowCounts>;
  /** As in `Database`; a journal in memory has no migrations. */
  readonly migrations: Pick<Database, 'migrate' | 'migrations' | 'undo'> | undefined;
}

/** The migrations of one database. */
export type DatabaseMigrations = {
  readonly services: readonly string[];
  readonly migrations: readonly MigrationState[];
};

export type RowCounts = Readonly<Record<string, number>>;

/**
 * `strict`: a server that may lose committed data is refused. Otherwise `warn` is called with the
 * reason.
 */
export type OpeningOptions = Pick<DatabaseOptions, 'failpoints' | 'strict' | 'warn'>;

export class DeploymentDatabases {
  readonly #services: readonly DeployedService[];
  readonly #defaultUrl: string;
  readonly #byUrl: ReadonlyMap<string, OpenedDatabase>;

  private constructor(
    services: readonly DeployedService[],
    defaultUrl: string,
    byUrl: ReadonlyMap<string, OpenedDatabase>,
  ) {
    this.#services = services;
    this.#defaultUrl = defaultUrl;
    this.#byUrl = byUrl;
  }

  /**
   * `defaultUrl` is for services without a `database_url`. Before a journal's `open`, no server is
   * connected and nothing is migrated. Rejects with `Broken('config-invalid')` if two services of a
   * journal have different stores under the same name.
   */
  static async open(
    services: readonly DeployedService[],
    defaultUrl: string,
    options: OpeningOptions = {},
  ): Promise<DeploymentDatabases> {
    const byUrl = new Map<string, OpenedDatabase>();
    const databases = new DeploymentDatabases(services, defaultUrl, byUrl);
    try {
      for (const [url, sharing] of servicesByUrl(services, defaultUrl))
        byUrl.set(url, await openOne(url, sharing, options));
      return databases;
    } catch (error) {
      await databases.close();
      throw error;
    }
  }

  get all(): readonly OpenedDatabase[] {
    return [...this.#byUrl.values()];
  }

  /** The database of the config of one of the services. */
  of({ databaseUrl = this.#defaultUrl, file }: ExchangeConfig): OpenedDatabase {
    const database = this.#byUrl.get(databaseUrl);
    if (database === undefined)
      throw new Broken('config-invalid', `the database of ${file} is not open`);
    return database;
  }

  /** The locks, and the stores in the databases of these configs. */
  portsOf(configs: readonly ExchangeConfig[], locks: Locks): ServicePorts {
    const stores = new Set(configs.flatMap((config) => [...this.of(config).stores.values()]));
    const services = configs.map(({ svcName }) => svcName).join(', ');
    return { locks, store: (name) => onlyStore(name, [...stores], services) };
  }

  /** Gives each function of services the stores of the services that the function has made. */
  settle(late: readonly LateServices[], locks: Locks): void {
    const configs = this.#services.map(({ config }) => config);
    for (const { names, ports } of late) {
      const made = configs.filter(({ svcName }) => names.includes(svcName));
      if (made.length > 0) ports.settle(this.portsOf(made, locks));
    }
  }

  /** Lines under a topic from all journals, oldest first. */
  async history(topic: string): Promise<readonly HistoryLine[]> {
    const lines = await Promise.all(this.all.map(({ journal }) => journal.history(topic)));
    return lines.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  }

  /** The part of each service in each saga that is under way. */
  async sagaParts(): Promise<readonly SagaPart[]> {
    const parts: SagaPart[] = [];
    for (const { config } of this.#services) {
      const { op, args } = ledgerRead('sagas', { service: config.svcName });
      const found = await this.of(config).stores.get(ledgerStoreName)?.read(op, args);
      parts.push(...((found ?? []) as readonly SagaPart[]));
    }
    return parts;
  }

  /** Rows of every table: the sums over all databases. */
  async counts(): Promise<RowCounts> {
    const sums: Record<string, number> = {};
    for (const counts of await Promise.all(this.all.map((database) => database.counts()))) {
      for (const [table, rows] of Object.entries(counts)) sums[table] = (sums[table] ?? 0) + rows;
    }
    return sums;
  }

  /** The migrations of each database, with the services of the database. */
  async migrations(): Promise<readonly DatabaseMigrations[]> {
    return Promise.all(
      this.all.map(async (database) => ({
        services: this.#services
          .filter(({ config }) => this.of(config) === database)
          .map(({ config }) => config.svcName),
        migrations: (await database.migrations?.migrations()) ?? [],
      })),
    );
  }

  async close(): Promise<void> {
    for (const { journal } of this.all) await journal.close();
  }
}

function onlyStore(
  name: string,
  stores: readonly ReadableStore[],
  services: string,
): ReadableStore {
  const [found, ...others] = stores.filter((store) => store.name === name);
  if (found !== undefined && others.length === 0) return found;
  const known = stores.map((store) => store.name).join(', ') || 'none';
  const count = found === undefined ? 'no store' : `${others.length + 1} stores`;
  throw new Broken(
    'config-invalid',
    `the databases of ${services || 'no service'} have ${count} '${name}'; their stores are ${known}`,
  );
}

function servicesByUrl(
  services: readonly DeployedService[],
  defaultUrl: string,
): ReadonlyMap<string, readonly DeployedService[]> {
  const byUrl = new Map<string, DeployedService[]>();
  for (const service of services) {
    const { databaseUrl: url = defaultUrl } = service.config;
    byUrl.set(url, [...(byUrl.get(url) ?? []), service]);
  }
  return byUrl;
}

async function openOne(
  url: string,
  services: readonly DeployedService[],
  options: OpeningOptions,
): Promise<OpenedDatabase> {
  const { failpoints = noFailpoints } = options;
  const stores = distinctStores(services);
  if (url === 'memory://') return openInMemory(stores, failpoints);
  const { databaseConnections } = sharedSettings(services.map(({ config }) => config.process));
  const database = await openDatabase(url, {
    ...options,
    stores: stores.map(({ sql }) => sql),
    ...(databaseConnections === undefined ? {} : { connectionsMax: databaseConnections }),
  });
  const journal = new SqlJournal({ database, failpoints });
  return {
    stores: database.stores,
    journal,
    check: () => database.check(),
    isMade: () => journal.isMade(),
    hasTables: (names) => database.hasTables(names),
    counts: () => tableCounts(database),
    migrations: database,
  };
}

function openInMemory(stores: readonly ServiceStore[], failpoints: Failpoints): OpenedDatabase {
  const made = storesInMemory(stores);
  const journal = new MemoryJournal({ stores: made, failpoints });
  return {
    journal,
    stores: new Map(made.map((store) => [store.name, store])),
    check: async () => undefined,
    isMade: async () => true,
    hasTables: async () => true,
    migrations: undefined,
    counts: async () => {
      const counts = Object.entries(await journal.counts());
      return Object.fromEntries(counts.map(([rows, count]) => [tableOf(rows), count]));
    },
  };
}

/** The name of the table that a database has for the rows of the journal. */
function tableOf(rows: string): string {
  return `journal.${rows.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}`;
}
