/** The hierarchy stores of the tests: memory, PGlite in memory, PostgreSQL in schemas of this process. */
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import {
  hierarchySqlModule,
  type SqlHierarchyStore,
} from '../../../actors/hierarchy/sql/sql-store.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { MemoryTransaction, noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import type { HierarchyBench, HierarchyUnderTest } from '../../contract/hierarchy-world.ts';
import { servers } from '../../support/servers.ts';

export const memoryBench: HierarchyBench = {
  fresh: async () => memoryUnderTest(new MemoryHierarchyStore()),
  end: async () => undefined,
};

function memoryUnderTest(store: Store<UndoLog>): HierarchyUnderTest {
  return {
    read: (op, args) => store.read(op, args),
    async apply(writes) {
      const transaction = new MemoryTransaction();
      await transaction.run(() => store.apply(transaction, writes));
    },
    prune: async (beforeMs, limit) => (await store.prune?.(noUndo, beforeMs, limit)) ?? 0,
  };
}

export const pgliteBench = sqlBench('pglite://');

const prefix = `hierarchy_test_${process.pid}`;
export const postgresBench = sqlBench(`${servers.postgres}?schema=${prefix}`);

export interface SqlHierarchyBench extends HierarchyBench {
  /** Opened at the first call. */
  database(): Promise<Database>;
}

const tables = ['nodes', 'engagements', 'promises', 'node_tombstones', 'unheld_sagas', 'links'];

function sqlBench(url: string): SqlHierarchyBench {
  let opening: Promise<Database> | undefined;
  const database = () => {
    opening ??= opened(url);
    return opening;
  };
  return {
    database,
    async fresh() {
      const open = await database();
      const schema = open.schemaOf('hierarchy');
      for (const table of tables) await open.query(`delete from ${schema}.${table}`, []);
      return sqlUnderTest(open);
    },
    async end() {
      const open = await opening;
      opening = undefined;
      for (const schema of [open?.journalSchema, open?.schemaOf('hierarchy')])
        await open?.query(`drop schema ${schema} cascade`, []);
      await open?.close();
    },
  };
}

async function opened(url: string): Promise<Database> {
  const database = await openDatabase(url, { stores: [hierarchySqlModule] });
  await database.migrate();
  return database;
}

function sqlUnderTest(database: Database): HierarchyUnderTest {
  return {
    read: (op, args) => storeOf(database).read(op, args),
    apply: (writes: readonly Write[]) =>
      database.transaction((transaction) =>
        storeOf(database).apply(transaction.entityManager(database.schemaOf('hierarchy')), writes),
      ),
    prune: (beforeMs, limit) =>
      database.transaction((transaction) =>
        storeOf(database).prune(
          transaction.entityManager(database.schemaOf('hierarchy')),
          beforeMs,
          limit,
        ),
      ),
  };
}

export function storeOf(database: Database): SqlHierarchyStore {
  return database.stores.get('hierarchy') as SqlHierarchyStore;
}
