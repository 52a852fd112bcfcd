/**
 * The connection of MikroORM to a server or to PGlite, with the list of migrations.
 *
 * - A server is connected with the first query. PGlite starts here, and its folder is locked.
 * - PGlite has one connection.
 */
import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM as PgliteOrm } from '@mikro-orm/pglite';
import { MikroORM as PostgresOrm } from '@mikro-orm/postgresql';
import type { MikroORM, Options } from '@mikro-orm/sql';
import type { Failpoints } from '../ports/failpoints.ts';
import type { SqlMigration } from '../ports/store.ts';
import type { ServerDatabase } from './database-url.ts';
import { journalMigrations } from './journal-migrations.ts';
import { notStarted, openPgliteFolder } from './pglite-folder.ts';
import { pgliteParameters } from './pglite-parameters.ts';
import { executePrepared, executeWritten, prepareConnections } from './prepared-statements.ts';
import { dropRowArrayParsers } from './row-array-parsers.ts';
import { type EmbeddedClient, useSimpleProtocol } from './simple-protocol.ts';
import { clientOf, run } from './sql-client.ts';
import type { SqlAccess, SqlStoreModule } from './store-module.ts';

export interface Connected {
  readonly orm: MikroORM;
  readonly exclusive: boolean;
  readonly execute: SqlAccess['execute'];
  /** Whether statements of a transaction are sent without waiting for the former. */
  readonly isPipelined: boolean;
  close(): Promise<void>;
}

/** The settings that both drivers share. */
export function ormSettings(
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
    // MikroORM would look for the database on a connection of its own, in the middle of the first
    // transaction of a store. Transactions on all connections would wait for each other.
    ensureDatabase: false,
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

/** Makes no connection: the pool of the driver connects with the first query. */
export async function connectPostgres(
  { connectionString, database: dbName, connectTimeoutMs, prepare }: ServerDatabase,
  settings: Options,
  connectionsMax: number,
): Promise<Connected> {
  const driverOptions = {
    connectionString,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    onPoolCreated: prepare ? prepareConnections : undefined,
    pipeline: prepare,
  };
  const orm = await PostgresOrm.init({ ...settings, dbName, driverOptions });
  const execute = prepare ? executePrepared : executeWritten;
  const close = () => orm.close(true);
  return { orm, exclusive: false, execute, isPipelined: prepare, close };
}

export async function connectPglite(
  path: string,
  settings: Options,
  failpoints: Failpoints,
): Promise<Connected> {
  const folder = await openPgliteFolder(path, failpoints);
  // A function, because MikroORM copies an object, and the copy of a Blob is no Blob.
  const started = { startParams: [...pgliteParameters] };
  const driverOptions = () =>
    folder.archive === undefined ? started : { ...started, loadDataDir: folder.archive };
  const orm = await PgliteOrm.init({ ...settings, dbName: folder.clusterPath, driverOptions });
  const close = async () => {
    await orm.close(true);
    folder.release();
  };
  try {
    await run(clientOf(orm), 'select 1', []).catch((error: unknown) => {
      throw notStarted(path, error);
    });
    const client = (await orm.em.getConnection().getNativeClient()) as unknown as EmbeddedClient;
    await dropRowArrayParsers(client);
    useSimpleProtocol(client);
    folder.started();
    return { orm, exclusive: true, execute: executeWritten, isPipelined: false, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}
