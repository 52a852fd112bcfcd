/**
 * One database with the journal and the stores that share its transactions: statements,
 * transactions, and the checks before its first use. `schema-migrations.ts` makes the tables.
 *
 * Invariants:
 * - MikroORM owns entities, migrations and the transaction. Statements written by hand go through
 *   its connection.
 * - The journal has the schema `<prefix>_journal`, a store the schema `<prefix>_<its name>`.
 * - Late connection: a server need not be up when its database is opened here. The first contact is
 *   `check`, `migrate` or a query.
 * - PGlite has one connection (`connection.ts`). Code inside `transaction` uses only the given
 *   transaction; any other query would wait for itself.
 */
import type { EntityManager, MikroORM, Transaction } from '@mikro-orm/sql';
import { processDefaults } from '../../config/process-defaults.ts';
import { Broken, Transient } from '../ports/errors.ts';
import { type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import { storeNameProblem } from '../ports/name-problem.ts';
import { type Store, writeFailure } from '../ports/store.ts';
import { type Connected, connectPglite, connectPostgres, ormSettings } from './connection.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { meaningOf, openingError } from './driver-errors.ts';
import { checkDurability } from './durability.ts';
import type { MigrationState } from './migration-states.ts';
import { openPipeline, type Pipeline, pipelineOf } from './pipeline.ts';
import { SchemaMigrations } from './schema-migrations.ts';
import { clientOf, inSnapshot, inTransaction, type Row, run } from './sql-client.ts';
import { type SqlAccess, type SqlParameter, type SqlStoreModule, storeOf } from './store-module.ts';

export type { SqlParameter } from './store-module.ts';

/** An open transaction. */
export interface SqlTransaction {
  /**
   * On a server the statement is sent at once, behind those that were sent before. After a failed
   * statement every later statement of the transaction fails too, and nothing is committed.
   */
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]>;
  /** An entity manager inside the transaction, for one store. */
  entityManager(schema: string): EntityManager;
  /** What an error of the transaction means: that of the first statement that has failed. */
  meaningOf(error: unknown): unknown;
}

/**
 * An open database, on a server or embedded. Calls reject with `Transient` while it cannot be
 * reached.
 */
export interface Database {
  /** True for an embedded database: no other process can have it open. */
  readonly exclusive: boolean;
  readonly journalSchema: string;
  readonly stores: ReadonlyMap<string, Store<EntityManager>>;
  schemaOf(store: string): string;
  /**
   * Connects and creates nothing. Rejects with `Broken('config-invalid')` for a server that refuses
   * the connection, a server that may lose committed data under `strict`, and tables of other code.
   */
  check(): Promise<void>;
  /**
   * Checks, then creates or migrates all tables; idempotent, and shared by concurrent callers.
   * Rejects with `Broken('config-invalid')` when the tables were made by other code.
   */
  migrate(): Promise<void>;
  /** Every migration of the journal and the stores. Connects and creates nothing. */
  migrations(): Promise<readonly MigrationState[]>;
  /**
   * Undoes these migrations in one transaction. Other processes that migrate wait. Rejects with
   * `Refused` for a migration that cannot be undone, and while a process works over the database.
   */
  undo(names: readonly string[]): Promise<void>;
  /**
   * Whether the tables of the journal and of these stores are there as this code knows them. Tables
   * of a store are made by the first process that runs a service with the store.
   */
  hasTables(stores: readonly string[]): Promise<boolean>;
  /** Runs one statement in a transaction of its own. Parameters are `$1`, `$2` … */
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]>;
  /** Commits when `work` resolves, and rolls back when it rejects. */
  transaction<T>(work: (transaction: SqlTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly stores: readonly SqlStoreModule[];
  /**
   * Most connections to a server at the same time. At least 2: migrating needs one beside the one
   * that holds the lock.
   */
  readonly connectionsMax?: number;
  readonly failpoints?: Failpoints;
  /** Refuses a server that may lose committed data; without it, `warn` is called. Default false. */
  readonly strict?: boolean;
  readonly warn?: (text: string) => void;
}

const connectionsDefault = processDefaults.database_connections;

/**
 * Opens PGlite and locks its folder. A server is connected only when its database is used.
 * @throws Broken `config-invalid`, Transient `journal-locked`
 */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const parsed = parseDatabaseUrl(url);
  for (const { name } of options.stores) {
    const problem = storeNameProblem(name);
    if (problem !== undefined)
      throw new Broken('config-invalid', `the name of a store: ${problem}`);
  }
  const journalSchema = `${parsed.prefix}_journal`;
  const schemaOf = (store: string) => `${parsed.prefix}_${store.replaceAll('-', '_')}`;
  const { stores, connectionsMax = connectionsDefault, failpoints = noFailpoints } = options;
  const { strict = false, warn = () => undefined } = options;
  const settings = ormSettings(journalSchema, schemaOf, stores, failpoints);
  const connected = await (parsed.kind === 'pglite'
    ? connectPglite(parsed.folder, settings, failpoints)
    : connectPostgres(parsed, settings, connectionsMax));
  const parts = { url, stores, failpoints, strict, warn };
  return new OpenDatabase(connected, journalSchema, schemaOf, parts);
}

type OpenDatabaseParts = Required<
  Pick<DatabaseOptions, 'stores' | 'failpoints' | 'strict' | 'warn'>
> & { readonly url: string };

class OpenDatabase implements Database {
  readonly exclusive: boolean;
  readonly journalSchema: string;
  readonly stores: ReadonlyMap<string, Store<EntityManager>>;
  readonly schemaOf: (store: string) => string;
  readonly #connected: Connected;
  readonly #parts: OpenDatabaseParts;
  readonly #migrations: SchemaMigrations;
  #checking: Promise<void> | undefined;
  #migration: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    connected: Connected,
    journalSchema: string,
    schemaOf: (store: string) => string,
    parts: OpenDatabaseParts,
  ) {
    this.journalSchema = journalSchema;
    this.schemaOf = schemaOf;
    this.exclusive = connected.exclusive;
    this.#connected = connected;
    this.#parts = parts;
    this.#migrations = new SchemaMigrations({
      orm: () => this.#orm,
      exclusive: connected.exclusive,
      journalSchema,
      schemaOf,
      stores: parts.stores,
      failpoints: parts.failpoints,
    });
    this.stores = new Map(parts.stores.map((module) => [module.name, this.#store(module)]));
  }

  /** Errors of reads get their meaning here; those of writes get it in the commit. */
  #store(module: SqlStoreModule): Store<EntityManager> {
    const store = storeOf(module, this.#access(module.name));
    const read = store.read.bind(store);
    store.read = (op, args) =>
      read(op, args).catch((error: unknown) => {
        throw meaningOf(error, this.journalSchema);
      });
    return store;
  }

  #access(store: string): SqlAccess {
    const schema = this.schemaOf(store);
    const { execute, isPipelined } = this.#connected;
    const change: SqlAccess['change'] = async (em, sql, parameters) => {
      const changed = execute(em, sql, parameters);
      if (pipelineOf(em) === undefined) await changed;
      else changed.catch(() => undefined);
    };
    const read = () => this.#fork(schema);
    const snapshot: SqlAccess['snapshot'] = (reads) =>
      inSnapshot(clientOf(this.#orm), read(), reads);
    return { schema, execute, change, isPipelined, read, snapshot };
  }

  /** Guards the closed database: MikroORM would connect again by itself. */
  get #orm(): MikroORM {
    if (this.#closing !== undefined) throw new Transient('not-reachable', 'the database is closed');
    return this.#connected.orm;
  }

  #fork(schema: string): EntityManager {
    return this.#orm.em.fork({ schema });
  }

  check(): Promise<void> {
    this.#checking ??= this.#check().catch((error: unknown) => {
      this.#checking = undefined;
      throw openingError(error, this.journalSchema, this.#parts.url);
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    if (!this.exclusive) {
      const { strict, warn } = this.#parts;
      await checkDurability((sql) => run(clientOf(this.#orm), sql, []), strict, warn);
    }
    await this.#migrations.check();
  }

  migrate(): Promise<void> {
    this.#migration ??= this.#migrate().catch((error: unknown) => {
      this.#migration = undefined;
      throw openingError(error, this.journalSchema, this.#parts.url);
    });
    return this.#migration;
  }

  async #migrate(): Promise<void> {
    await this.check();
    await this.#migrations.run();
  }

  migrations(): Promise<readonly MigrationState[]> {
    return this.#migrations.states().catch((error: unknown) => {
      throw openingError(error, this.journalSchema, this.#parts.url);
    });
  }

  async undo(names: readonly string[]): Promise<void> {
    await this.#migrations.undo(names).catch((error: unknown) => {
      throw meaningOf(error, this.journalSchema);
    });
    this.#migration = undefined;
  }

  hasTables(stores: readonly string[]): Promise<boolean> {
    return this.#migrations.haveRun(stores).catch((error: unknown) => {
      throw openingError(error, this.journalSchema, this.#parts.url);
    });
  }

  async query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]> {
    try {
      return await run(clientOf(this.#orm), sql, parameters);
    } catch (error) {
      throw meaningOf(error, this.journalSchema);
    }
  }

  async transaction<T>(work: (transaction: SqlTransaction) => Promise<T>): Promise<T> {
    let pipeline: Pipeline | undefined;
    try {
      const result = await inTransaction(clientOf(this.#orm), async (context) => {
        if (this.#connected.isPipelined) pipeline = await openPipeline(context);
        const working = work(this.#transactionOf(context, pipeline));
        return working.finally(() => pipeline?.end());
      });
      await pipeline?.settled();
      return result;
    } catch (error) {
      throw this.#meaningIn(pipeline, error);
    }
  }

  /** Errors that follow from an earlier failure of the transaction mean this failure. */
  #meaningIn(pipeline: Pipeline | undefined, error: unknown): unknown {
    const failure = pipeline?.failure;
    const meaning = meaningOf(failure === undefined ? error : failure.error, this.journalSchema);
    const store = [...this.stores.keys()].find((name) => this.schemaOf(name) === failure?.schema);
    return store === undefined ? meaning : writeFailure(store, meaning);
  }

  #transactionOf(context: Transaction, pipeline: Pipeline | undefined): SqlTransaction {
    return {
      query: (sql, parameters) => {
        if (pipeline === undefined) return run(context, sql, parameters);
        pipeline.schema = undefined;
        return pipeline.query(sql, parameters);
      },
      entityManager: (schema) => {
        if (pipeline !== undefined) pipeline.schema = schema;
        const entityManager = this.#fork(schema);
        entityManager.setTransactionContext(context);
        return entityManager;
      },
      meaningOf: (error) => this.#meaningIn(pipeline, error),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#connected.close();
    return this.#closing;
  }
}
