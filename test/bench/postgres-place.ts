/** A place of a benchmark's own on the test server: schemas with a prefix nobody else has, dropped at the end. */
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import { SqlJournal } from '../../runtime/postgres/sql-journal.ts';
import type { SqlStoreModule } from '../../runtime/postgres/store-module.ts';
import { servers } from '../support/servers.ts';

export interface Place {
  readonly database: Database;
  /** Open, and still open when a runtime over it has been stopped. */
  readonly journal: SqlJournal;
  /** Drops the schemas and closes the database. */
  close(): Promise<void>;
}

let made = 0;

/** A runtime that stops closes its journal; here the schemas are yet to be dropped. */
class LentJournal extends SqlJournal {
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The URL of a place that is not there yet. */
export function placeUrl(server = servers.postgres): string {
  made += 1;
  return `${server}?schema=bench_${process.pid}_${made}`;
}

/** On the test server, on the server at this URL, or on an embedded PGlite that is gone with the process. */
export async function openPlace(
  where: 'postgres' | 'pglite' | `postgresql://${string}`,
  stores: readonly SqlStoreModule[] = [],
): Promise<Place> {
  const url =
    where === 'pglite' ? 'pglite://' : placeUrl(where === 'postgres' ? servers.postgres : where);
  const database = await openDatabase(url, { stores });
  const journal = new LentJournal({ database });
  await journal.open();
  return { database, journal, close: () => dropAndClose(database) };
}

async function dropAndClose(database: Database): Promise<void> {
  const schemas = [database.journalSchema, ...[...database.stores.keys()].map(database.schemaOf)];
  for (const schema of schemas) await database.query(`drop schema if exists ${schema} cascade`, []);
  await database.close();
}

/** Drops every schema with the prefix that `placeUrl` has put into the URL. */
export async function dropPlace(url: string): Promise<void> {
  const prefix = new URL(url).searchParams.get('schema') ?? '';
  const database = await openDatabase(url, { stores: [] });
  const found = await database.query(
    'select nspname from pg_namespace where starts_with(nspname, $1)',
    [`${prefix}_`],
  );
  for (const { nspname } of found)
    await database.query(`drop schema ${String(nspname)} cascade`, []);
  await database.close();
}
