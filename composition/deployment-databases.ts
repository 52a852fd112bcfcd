/**
 * The databases of a set of configs, opened: one journal for each, with the stores that share its
 * transactions.
 *
 * - one-journal: configs with the same `database_url` share one journal; a config without a URL
 *   uses the default URL.
 * - all-or-none: if one database cannot be opened, those already open are closed again.
 */
import { serviceKindOf } from '../actors/catalog.ts';
import { ledgerRead, ledgerStoreName, type SagaPart } from '../actors/consent/ledger/store.ts';
import type { ServicePorts, ServiceStore } from '../actors/modules/service-module.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { MemoryJournal } from '../runtime/memory/memory-journal.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { type Failpoints, noFailpoints } from '../runtime/ports/failpoints.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import type { Store } from '../runtime/ports/store.ts';
import { type DatabaseOptions, openDatabase } from '../runtime/postgres/database.ts';
import { SqlJournal } from '../runtime/postgres/sql-journal.ts';
import { tableCounts } from '../runtime/postgres/table-counts.ts';

/** One journal with the stores that share its transactions. */
export interface OpenedDatabase {
  readonly stores: ReadonlyMap<string, Pick<Store<never>, 'name' | 'read'>>;
  readonly journal: Journal;
  /** Connects. Rejects if the server cannot be reached or refuses, or has tables of other code. */
  readonly check: () => Promise<void>;
  /** Whether the journal's tables exist: false for a database that no service has used yet. */
  readonly isMade: () => Promise<boolean>;
  /** Rows by table, `journal.<table>` and `<store>.<table>`. */
  readonly counts: () => Promise<RowCounts>;
}

export type RowCounts = Readonly<Record<string, number>>;

/**
 * `strict`: a server that may lose what it has committed is refused. Otherwise `warn` is called
 * with the reason.
 */
export type OpeningOptions = Pick<DatabaseOptions, 'failpoints' | 'strict' | 'warn'>;

export class DeploymentDatabases {
  readonly #configs: readonly ExchangeConfig[];
  readonly #defaultUrl: string;
  readonly #byUrl: ReadonlyMap<string, OpenedDatabase>;

  private constructor(
    configs: readonly ExchangeConfig[],
    defaultUrl: string,
    byUrl: ReadonlyMap<string, OpenedDatabase>,
  ) {
    this.#configs = configs;
    this.#defaultUrl = defaultUrl;
    this.#byUrl = byUrl;
  }

  /**
   * `defaultUrl` is for configs without a `database_url`. Before a journal's `open`, no server is
   * connected and nothing is migrated.
   */
  static async open(
    configs: readonly ExchangeConfig[],
    defaultUrl: string,
    options: OpeningOptions = {},
  ): Promise<DeploymentDatabases> {
    const byUrl = new Map<string, OpenedDatabase>();
    const databases = new DeploymentDatabases(configs, defaultUrl, byUrl);
    try {
      for (const [url, stores] of storesByUrl(configs, defaultUrl))
        byUrl.set(url, await openOne(url, stores, options));
      return databases;
    } catch (error) {
      await databases.close();
      throw error;
    }
  }

  get all(): readonly OpenedDatabase[] {
    return [...this.#byUrl.values()];
  }

  /** The database of one of the configs given to `open`. */
  of({ databaseUrl = this.#defaultUrl, file }: ExchangeConfig): OpenedDatabase {
    const database = this.#byUrl.get(databaseUrl);
    if (database === undefined)
      throw new Broken('config-invalid', `the database of ${file} is not open`);
    return database;
  }

  /** The stores and the locks that the service of a config works with. */
  portsOf(config: ExchangeConfig, locks: Locks): ServicePorts {
    const { stores } = this.of(config);
    return {
      locks,
      store: (name) => {
        const store = stores.get(name);
        if (store !== undefined) return store;
        throw new Broken('config-invalid', `the database of ${config.file} has no store '${name}'`);
      },
    };
  }

  /** Lines under a topic from all journals, oldest first. */
  async history(topic: string): Promise<readonly HistoryLine[]> {
    const lines = await Promise.all(this.all.map(({ journal }) => journal.history(topic)));
    return lines.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  }

  /** The part of each service in each saga that is under way. */
  async sagaParts(): Promise<readonly SagaPart[]> {
    const parts: SagaPart[] = [];
    for (const config of this.#configs.filter(({ hierarchy }) => hierarchy !== undefined)) {
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

  async close(): Promise<void> {
    for (const { journal } of this.all) await journal.close();
  }
}

function storesByUrl(
  configs: readonly ExchangeConfig[],
  defaultUrl: string,
): ReadonlyMap<string, readonly ServiceStore[]> {
  const byUrl = new Map<string, Set<ServiceStore>>();
  for (const config of configs) {
    const { databaseUrl: url = defaultUrl } = config;
    const stores = byUrl.get(url) ?? new Set();
    byUrl.set(url, stores);
    for (const store of serviceKindOf(config).stores) stores.add(store);
  }
  return new Map([...byUrl].map(([url, stores]) => [url, [...stores]]));
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
    check: () => database.check(),
    isMade: () => journal.isMade(),
    counts: () => tableCounts(database),
  };
}

function openInMemory(stores: readonly ServiceStore[], failpoints: Failpoints): OpenedDatabase {
  const made = stores.map(({ memory }) => memory());
  const journal = new MemoryJournal({ stores: made, failpoints });
  return {
    journal,
    stores: new Map(made.map((store) => [store.name, store])),
    check: async () => undefined,
    isMade: async () => true,
    counts: () => journal.counts(),
  };
}
