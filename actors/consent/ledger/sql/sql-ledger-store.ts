/** The consent ledger in PostgreSQL or PGlite, in the tables of `migrations.ts`. */
import type { SqlEntityManager } from '@mikro-orm/sql';
import { foldedWrites } from '../rules/folded-writes.ts';
import { lockFirst } from '../rules/locks-first.ts';
import { pruneLedger } from '../rules/pruning.ts';
import { isSingleLook, isSmallLook, performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { ledgerStoreName } from '../store.ts';
import { ledgerMigrations } from './migrations.ts';
import { SqlLedger } from './sql-ledger.ts';
import { type StatementAccess, type StatementRules, StatementStore } from './statement-store.ts';

const rules: StatementRules<SqlLedger> = {
  name: ledgerStoreName,
  rows: (statements, schema) => new SqlLedger(statements, schema),
  isSingleLook,
  isSmallLook,
  foldedWrites,
  lockFirst,
  performRead,
  performWrite,
};

export class SqlLedgerStore extends StatementStore<SqlLedger> {
  constructor(access: StatementAccess) {
    super(access, rules);
  }

  prune(tx: SqlEntityManager, beforeMs: number, limit: number): Promise<number> {
    return pruneLedger(this.rowsOf(tx), beforeMs, limit);
  }
}

/** The store and its tables, in the form that `runtime/postgres/` takes. */
export const ledgerSqlModule = {
  name: ledgerStoreName,
  // MikroORM manages no rows here: statements find and change whole sets.
  entities: [],
  migrations: ledgerMigrations,
  create: (access: StatementAccess) => new SqlLedgerStore(access),
};
