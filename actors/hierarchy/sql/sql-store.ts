/** The hierarchy in PostgreSQL or PGlite, in the tables of `migrations.ts`. */
import {
  type StatementAccess,
  type StatementRules,
  StatementStore,
} from '../../consent/ledger/sql/statement-store.ts';
import { foldedWrites } from '../rules/folded-writes.ts';
import { lockFirst } from '../rules/locks-first.ts';
import { isSingleLook, isSmallLook, performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { hierarchyStoreName } from '../store.ts';
import { hierarchyMigrations } from './migrations.ts';
import { SqlTree } from './sql-tree.ts';

const rules: StatementRules<SqlTree> = {
  name: hierarchyStoreName,
  rows: (statements, schema) => new SqlTree(statements, schema),
  isSingleLook,
  isSmallLook,
  foldedWrites,
  lockFirst,
  performRead,
  performWrite,
};

export type SqlHierarchyStore = StatementStore<SqlTree>;

/** The store and its tables, in the form that `runtime/postgres/` takes. */
export const hierarchySqlModule = {
  name: hierarchyStoreName,
  // MikroORM manages no rows here: statements find and change whole sets.
  entities: [],
  migrations: hierarchyMigrations,
  create: (access: StatementAccess): SqlHierarchyStore => new StatementStore(access, rules),
};
