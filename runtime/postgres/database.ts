/**
 * One database with the journal and the stores that share its transactions: connection, schemas, migrations.
 *
 * 1. MikroORM owns entities, migrations and the transaction; statements written by hand go through its connection.
 * 2. The journal lives in the schema `<prefix>_journal`, a store in `<prefix>_<its name>`.
 * 3. `migrate` may be called by many processes at once: one works, the others wait and find nothing left to do.
 * 4. PGlite has one connection. Inside `transaction` nothing but what it hands over may be used, or it waits for itself.
 */
import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM as PgliteOrm } from '@mikro-orm/pglite';
import { MikroORM as PostgresOrm } from '@mikro-orm/postgresql';
import type { EntityManager, Kysely, MikroORM, Options, Transaction } from '@mikro-orm/sql';
import { Broken, Transient } from '../ports/errors.ts';
import { type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { SqlMigration, Store } from '../ports/store.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { meaningOf } from './driver-errors.ts';
import { checkDurability } from './durability.ts';
import { journalMigrations } from './journal-migrations.ts';
import { openPgliteFolder } from './pglite-folder.ts';
import { type EmbeddedClient, useSimpleProtocol } from './simple-protocol.ts';
import type { SqlStoreModule } from './store-module.ts';

export type SqlParameter = string | number | null;
type Row = Readonly<Record<string, unknown>>;
type SqlClient = Pick<Kysely<unknown>, 'executeQuery'>;

/** A transaction that is open. */
export interface SqlTransaction {
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]>;
  /** An entity manager inside the transaction, for one store. */
  entityManager(schema: string): EntityManager;
}

/** An open database: a server's, or an embedded one. Calls reject with `Transient` while it cannot be reached. */
export interface Database {
  /** Nobody else can have it open: it is embedded. */
  readonly exclusive: boolean;
  readonly journalSchema: string;
  readonly stores: ReadonlyMap<string, Store<EntityManager>>;
  schemaOf(store: string): string;
  /** Creates or migrates all tables; idempotent, and shared by concurrent callers. */
  migrate(): Promise<void>;
  /** One statement in a transaction of its own. Parameters are `$1`, `$2` … */
  query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]>;
  /** Committed when `work` is through, rolled back when it throws. */
  transaction<T>(work: (transaction: SqlTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly stores: readonly SqlStoreModule[];
  /** Most connections to a server at the same time; at least 2, because migrating takes one besides the one that holds the lock. */
  readonly connectionsMax?: number;
  readonly failpoints?: Failpoints;
  /** A server that may lose what it has committed is refused; else `warn` is told. Default false. */
  readonly strict?: boolean;
  readonly warn?: (text: string) => void;
}

interface Connected {
  readonly orm: MikroORM;
  readonly exclusive: boolean;
  close(): Promise<void>;
}

const connectionsDefault = 8;
const storeName = /^[a-z][a-z0-9-]{0,25}$/;

/**
 * Connects and, for PGlite, locks the folder.
 * @throws Broken `config-invalid`, Transient `journal-locked` or `not-reachable`
 */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const { kind, target, prefix } = parseDatabaseUrl(url);
  const wrong = options.stores.find(({ name }) => !storeName.test(name));
  if (wrong !== undefined)
    throw new Broken(
      'config-invalid',
      `the store name "${wrong.name}" does not match ${storeName.source}`,
    );
  const journalSchema = `${prefix}_journal`;
  const schemaOf = (store: string) => `${prefix}_${store.replaceAll('-', '_')}`;
  const {
    stores,
    connectionsMax = connectionsDefault,
    failpoints = noFailpoints,
    strict = false,
    warn = () => undefined,
  } = options;
  const settings = ormSettings(journalSchema, schemaOf, stores, failpoints);
  try {
    const connected = await (kind === 'pglite'
      ? connectPglite(target, settings, failpoints)
      : connectPostgres(target, settings, { connectionsMax, strict, warn }));
    return new OpenDatabase(connected, journalSchema, schemaOf, { stores, failpoints });
  } catch (error) {
    throw meaningOf(error, journalSchema);
  }
}

function ormSettings(
  journalSchema: string,
  schemaOf: (store: string) => string,
  stores: readonly SqlStoreModule[],
  failpoints: Failpoints,
): Options {
  const storeMigrations = stores.flatMap(({ name, migrations }) =>
    listedMigrations(name, schemaOf(name), migrations, failpoints),
  );
  return {
    entities: [...new Set(stores.flatMap(({ entities }) => entities))],
    discovery: { warnWhenNoEntities: false },
    metadataCache: { enabled: false },
    extensions: [Migrator],
    migrations: {
      migrationsList: [
        ...listedMigrations('journal', journalSchema, journalMigrations, failpoints),
        ...storeMigrations,
      ],
      tableName: `${journalSchema}.migrations`,
      snapshot: false,
      silent: true,
      disableForeignKeys: false,
    },
  };
}

function listedMigrations(
  owner: string,
  schema: string,
  migrations: readonly SqlMigration[],
  failpoints: Failpoints,
) {
  return migrations.map((migration) => ({
    name: `${owner}/${migration.name}`,
    class: class extends Migration {
      override up(): void {
        for (const statement of migration.up(schema)) this.addSql(statement);
        failpoints.reach('open.migrating');
      }
    },
  }));
}

type ServerOptions = Required<Pick<DatabaseOptions, 'connectionsMax' | 'strict' | 'warn'>>;

async function connectPostgres(
  connectionString: string,
  settings: Options,
  options: ServerOptions,
): Promise<Connected> {
  const { connectionsMax, strict, warn } = options;
  const dbName = decodeURIComponent(new URL(connectionString).pathname.slice(1)) || 'postgres';
  const orm = await PostgresOrm.init({
    ...settings,
    dbName,
    driverOptions: { connectionString, max: connectionsMax },
  });
  try {
    await checkDurability((sql) => run(clientOf(orm), sql, []), strict, warn);
    return { orm, exclusive: false, close: () => orm.close(true) };
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}

async function connectPglite(
  path: string,
  settings: Options,
  failpoints: Failpoints,
): Promise<Connected> {
  const folder = await openPgliteFolder(path, failpoints);
  // A function, because MikroORM copies an object and a copied Blob is none.
  const driverOptions = () => (folder.archive === undefined ? {} : { loadDataDir: folder.archive });
  const orm = await PgliteOrm.init({ ...settings, dbName: folder.clusterPath, driverOptions });
  const close = async () => {
    await orm.close(true);
    folder.release();
  };
  try {
    await run(clientOf(orm), 'select 1', []);
    useSimpleProtocol(
      (await orm.em.getConnection().getNativeClient()) as unknown as EmbeddedClient,
    );
    folder.started();
    return { orm, exclusive: true, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function clientOf(orm: MikroORM): Kysely<unknown> {
  return orm.em.getConnection().getClient();
}

/** A statement as Kysely takes it once it is compiled; MikroORM's own `execute` would write the parameters into the text. */
async function run(
  client: SqlClient,
  sql: string,
  parameters: readonly SqlParameter[],
): Promise<readonly Row[]> {
  const compiled = {
    sql,
    parameters,
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: '' },
  } as const;
  const { rows } = await client.executeQuery<Row>(compiled);
  return rows;
}

/**
 * Begins on a connection that is held around it. MikroORM's own `transactional` never gives a connection back to the
 * pool on which the rollback fails, which is what happens each time a server goes away.
 */
async function inTransaction<T>(
  client: Kysely<unknown>,
  work: (context: Transaction) => Promise<T>,
): Promise<T> {
  return client.connection().execute(async (connection) => {
    const context = await connection.startTransaction().execute();
    const result = await work(context).catch(async (error: unknown) => {
      // A rollback that fails must not hide why it was needed; the connection is lost, and its transaction with it.
      await context
        .rollback()
        .execute()
        .catch(() => undefined);
      throw error;
    });
    await context.commit().execute();
    return result;
  });
}

type OpenDatabaseParts = Required<Pick<DatabaseOptions, 'stores' | 'failpoints'>>;

class OpenDatabase implements Database {
  readonly exclusive: boolean;
  readonly journalSchema: string;
  readonly stores: ReadonlyMap<string, Store<EntityManager>>;
  readonly schemaOf: (store: string) => string;
  readonly #connected: Connected;
  readonly #failpoints: Failpoints;
  #migration: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    connected: Connected,
    journalSchema: string,
    schemaOf: (store: string) => string,
    { stores, failpoints }: OpenDatabaseParts,
  ) {
    this.journalSchema = journalSchema;
    this.schemaOf = schemaOf;
    this.exclusive = connected.exclusive;
    this.#connected = connected;
    this.#failpoints = failpoints;
    this.stores = new Map(
      stores.map((module) => [module.name, module.create(this.#access(module.name))]),
    );
  }

  #access(store: string) {
    const schema = this.schemaOf(store);
    return { schema, read: () => this.#fork(schema) };
  }

  /** MikroORM would connect again by itself. */
  get #orm(): MikroORM {
    if (this.#closing !== undefined) throw new Transient('not-reachable', 'the database is closed');
    return this.#connected.orm;
  }

  #fork(schema: string): EntityManager {
    return this.#orm.em.fork({ schema });
  }

  migrate(): Promise<void> {
    this.#migration ??= this.#migrate().catch((error: unknown) => {
      this.#migration = undefined;
      throw meaningOf(error, this.journalSchema);
    });
    return this.#migration;
  }

  async #migrate(): Promise<void> {
    if (this.exclusive) return this.#createAndMigrate();
    const name = `${this.journalSchema} migrations`;
    await inTransaction(clientOf(this.#orm), async (context) => {
      await run(context, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
      await this.#createAndMigrate();
    });
  }

  async #createAndMigrate(): Promise<void> {
    const client = clientOf(this.#orm);
    this.#failpoints.reach('open.before-schemas');
    if (!(await this.#isMigrated())) {
      for (const schema of [this.journalSchema, ...[...this.stores.keys()].map(this.schemaOf)]) {
        await run(client, `create schema if not exists ${schema}`, []);
      }
      await this.#orm.migrator.up();
    }
    this.#failpoints.reach('open.migrated');
  }

  /** Asked first, because at most starts nothing is to be done, and MikroORM takes a tenth of a second of PGlite to find that out. */
  async #isMigrated(): Promise<boolean> {
    const client = clientOf(this.#orm);
    const { tableName = '', migrationsList = [] } = this.#orm.config.get('migrations');
    const [table] = await run(client, 'select to_regclass($1) is not null as made', [tableName]);
    if (table?.['made'] !== true) return false;
    const done = new Set(
      (await run(client, `select name from ${tableName}`, [])).map(({ name }) => name),
    );
    return migrationsList.every(({ name }) => done.has(name));
  }

  async query(sql: string, parameters: readonly SqlParameter[]): Promise<readonly Row[]> {
    try {
      return await run(clientOf(this.#orm), sql, parameters);
    } catch (error) {
      throw meaningOf(error, this.journalSchema);
    }
  }

  async transaction<T>(work: (transaction: SqlTransaction) => Promise<T>): Promise<T> {
    try {
      return await inTransaction(clientOf(this.#orm), (context) =>
        work(this.#transactionOf(context)),
      );
    } catch (error) {
      throw meaningOf(error, this.journalSchema);
    }
  }

  #transactionOf(context: Transaction): SqlTransaction {
    return {
      query: (sql, parameters) => run(context, sql, parameters),
      entityManager: (schema) => {
        const entityManager = this.#fork(schema);
        entityManager.setTransactionContext(context);
        return entityManager;
      },
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#connected.close();
    return this.#closing;
  }
}
