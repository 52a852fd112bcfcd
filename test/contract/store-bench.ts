/**
 * How a store is had on each adapter, for the contracts of stores that need nothing but reads and commits.
 *
 * 1. `apply` is one commit: when it throws, nothing of it is left.
 * 2. A store gets its writes as the runtime gives them, frozen: a store that changes an argument
 *    fails.
 * 3. On SQL the tables are in schemas of this process and go with `end`.
 */
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, Store, Write } from '../../runtime/ports/store.ts';
import { MemoryTransaction, noUndo, type UndoLog } from '../../runtime/ports/undo-log.ts';
import { type Database, openDatabase } from '../../runtime/postgres/database.ts';
import type { SqlStoreModule } from '../../runtime/postgres/store-module.ts';
import { servers } from '../support/servers.ts';

export interface StoreUnderTest {
  read(read: Read): Promise<Json>;
  apply(...writes: readonly Write[]): Promise<void>;
  /** In a transaction of its own. */
  prune(beforeMs: number, limit: number): Promise<number>;
}

export interface StoreBench {
  /** A store that holds nothing. */
  fresh(): Promise<StoreUnderTest>;
  end(): Promise<void>;
}

export function memoryStoreBench(make: () => Store<UndoLog>): StoreBench {
  return { fresh: async () => memoryUnderTest(make()), end: async () => undefined };
}

export function pgliteStoreBench(module: SqlStoreModule): StoreBench {
  return sqlStoreBench('pglite://', module);
}

export function postgresStoreBench(module: SqlStoreModule): StoreBench {
  return sqlStoreBench(`${servers.postgres}?schema=${module.name}_test_${process.pid}`, module);
}

function memoryUnderTest(store: Store<UndoLog>): StoreUnderTest {
  return {
    read: ({ op, args }) => store.read(op, args),
    async apply(...writes) {
      const transaction = new MemoryTransaction();
      await transaction.run(() => store.apply(transaction, frozen(writes)));
    },
    prune: async (beforeMs, limit) => (await store.prune?.(noUndo, beforeMs, limit)) ?? 0,
  };
}

function sqlStoreBench(url: string, module: SqlStoreModule): StoreBench {
  let opening: Promise<Database> | undefined;
  return {
    async fresh() {
      opening ??= opened(url, module);
      const database = await opening;
      await empty(database, database.schemaOf(module.name));
      return sqlUnderTest(database, module.name);
    },
    async end() {
      const database = await opening;
      for (const schema of [database?.journalSchema, database?.schemaOf(module.name)])
        await database?.query(`drop schema ${schema} cascade`, []);
      await database?.close();
    },
  };
}

async function opened(url: string, module: SqlStoreModule): Promise<Database> {
  const database = await openDatabase(url, { stores: [module] });
  await database.migrate();
  return database;
}

async function empty(database: Database, schema: string): Promise<void> {
  const tables = await database.query(
    'select table_name as name from information_schema.tables where table_schema = $1',
    [schema],
  );
  for (const table of tables)
    await database.query(`delete from ${schema}.${String(table['name'])}`, []);
}

function sqlUnderTest(database: Database, name: string): StoreUnderTest {
  const store = database.stores.get(name);
  if (store === undefined) throw new Error(`the database has no store ${name}`);
  return {
    read: ({ op, args }) => store.read(op, args),
    apply: (...writes) =>
      database.transaction((transaction) =>
        store.apply(transaction.entityManager(database.schemaOf(name)), frozen(writes)),
      ),
    prune: (beforeMs, limit) =>
      database.transaction(
        async (transaction) =>
          (await store.prune?.(
            transaction.entityManager(database.schemaOf(name)),
            beforeMs,
            limit,
          )) ?? 0,
      ),
  };
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}
