/**
 * The hierarchy in PostgreSQL or PGlite, in the tables of `migrations.ts`.
 *
 * 1. A read has one snapshot: one read-only transaction, or one statement. A write runs in the
 *    commit's transaction, at READ COMMITTED.
 * 2. When two commits lock the same rows in different orders, PostgreSQL ends one of them with
 *    SQLSTATE 40P01. The journal treats this error as a `Conflict`.
 */
import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager, SqlEntityManager } from '@mikro-orm/sql';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import {
  type Execute,
  type SqlParameter,
  SqlStatements,
} from '../../consent/ledger/sql/sql-statements.ts';
import { foldedWrites } from '../rules/folded-writes.ts';
import { isSingleLook, performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { hierarchyStoreName } from '../store.ts';
import { hierarchyMigrations } from './migrations.ts';
import { SqlTree } from './sql-tree.ts';

export interface SqlHierarchyAccess {
  /** The schema of the tables; statements name the schema. */
  readonly schema: string;
  /** A fresh entity manager for reads, with the schema set. */
  read(): SqlEntityManager;
  execute(
    em: EntityManager,
    sql: string,
    parameters: readonly SqlParameter[],
  ): Promise<readonly unknown[]>;
}

export class SqlHierarchyStore implements Store<SqlEntityManager> {
  readonly name = hierarchyStoreName;
  readonly #access: SqlHierarchyAccess;

  constructor(access: SqlHierarchyAccess) {
    this.#access = access;
  }

  read(op: string, args: Json): Promise<Json> {
    if (isSingleLook(op, args))
      return performRead(this.#rows(this.#access.read(), { single: true }), op, args);
    const oneSnapshot = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
    return this.#access
      .read()
      .transactional((em) => performRead(this.#rows(em), op, args), oneSnapshot);
  }

  async apply(tx: SqlEntityManager, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    for (const write of foldedWrites(writes)) await performWrite(rows, write);
  }

  #rows(em: EntityManager, options?: { readonly single: boolean }): SqlTree {
    const { schema } = this.#access;
    const execute: Execute = (sql, parameters) => this.#access.execute(em, sql, parameters);
    return new SqlTree(new SqlStatements(execute, options), schema);
  }
}

/** The store and its tables, as `runtime/postgres/` takes them. */
export const hierarchySqlModule = {
  name: hierarchyStoreName,
  // MikroORM manages no rows here: statements find and change whole sets.
  entities: [],
  migrations: hierarchyMigrations,
  create: (access: SqlHierarchyAccess) => new SqlHierarchyStore(access),
};
