/** The hierarchy and the ledger of the tests: memory, PGlite in memory, PostgreSQL in schemas of this process. */
import { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import {
  ledgerSqlModule,
  type SqlLedgerStore,
} from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import {
  hierarchySqlModule,
  type SqlHierarchyStore,
} from '../../../actors/hierarchy/sql/sql-store.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import { writesByStore } from '../../../runtime/ports/store.ts';
import { MemoryTransaction, noUndo } from '../../../runtime/ports/undo-log.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import type { HierarchyBench, HierarchyUnderTest } from '../../contract/hierarchy-world.ts';
import { servers } from '../../support/servers.ts';

export const memoryBench: HierarchyBench = {
  fresh: async () => memoryUnderTest(),
  end: async () => undefined,
};

function memoryUnderTest(): HierarchyUnderTest {
  const ledger = new MemoryLedgerStore();
  const stores = new Map(
    [new MemoryHierarchyStore(), ledger].map((store) => [store.name as string, store]),
  );
  return {
    read: async ({ store, op, args }) => (await stores.get(store)?.read(op, args)) ?? null,
    async apply(writes) {
      const transaction = new MemoryTransaction();
      await transaction.run(async () => {
        for (const [name, of] of writesByStore(writes))
          await stores.get(name)?.apply(transaction, of);
      });
    },
    prune: (beforeMs, limit) => ledger.prune(noUndo, beforeMs, limit),
  };
}

export const pgliteBench = sqlBench('pglite://');

const prefix = `hierarchy_test_${process.pid}`;
export const postgresBench = sqlBench(`${servers.postgres}?schema=${prefix}`);

export interface SqlHierarchyBench extends HierarchyBench {
  /** Opened at the first call. */
  database(): Promise<Database>;
}

const tables = {
  [hierarchyStoreName]: ['nodes'],
  [ledgerStoreName]: [
    'lists',
    'subscriptions',
    'engagements',
    'promises',
    'tombstones',
    'retentions',
    'unheld_sagas',
    'links',
  ],
} as const;

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
      for (const [store, names] of Object.entries(tables))
        for (const table of names)
          await open.query(`delete from ${open.schemaOf(store)}.${table}`, []);
      return sqlUnderTest(open);
    },
    async end() {
      const open = await opening;
      opening = undefined;
      const schemas = Object.keys(tables).map((store) => open?.schemaOf(store));
      for (const schema of [open?.journalSchema, ...schemas])
        await open?.query(`drop schema ${schema} cascade`, []);
      await open?.close();
    },
  };
}

async function opened(url: string): Promise<Database> {
  const database = await openDatabase(url, { stores: [hierarchySqlModule, ledgerSqlModule] });
  await database.migrate();
  return database;
}

function sqlUnderTest(database: Database): HierarchyUnderTest {
  return {
    read: async ({ store, op, args }) => (await database.stores.get(store)?.read(op, args)) ?? null,
    apply: (writes) =>
      database.transaction(async (transaction) => {
        for (const [name, of] of writesByStore(writes))
          await database.stores
            .get(name)
            ?.apply(transaction.entityManager(database.schemaOf(name)), of);
      }),
    prune: (beforeMs, limit) =>
      database.transaction((transaction) =>
        ledgerOf(database).prune(
          transaction.entityManager(database.schemaOf(ledgerStoreName)),
          beforeMs,
          limit,
        ),
      ),
  };
}

export function storeOf(database: Database): SqlHierarchyStore {
  return database.stores.get(hierarchyStoreName) as SqlHierarchyStore;
}

export function ledgerOf(database: Database): SqlLedgerStore {
  return database.stores.get(ledgerStoreName) as SqlLedgerStore;
}
