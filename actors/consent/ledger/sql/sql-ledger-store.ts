/**
 * The consent ledger in PostgreSQL or PGlite, in the tables of `migrations.ts`.
 *
 * 1. A read has one snapshot: one read-only transaction, or one statement. A write runs in the
 *    commit's transaction, at READ COMMITTED.
 * 2. When two commits lock the same rows in different orders, PostgreSQL ends one of them with
 *    SQLSTATE 40P01. The journal treats this error as a `Conflict`.
 */
import type { EntityManager, SqlEntityManager } from '@mikro-orm/sql';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../../runtime/ports/store.ts';
import { foldedWrites } from '../rules/folded-writes.ts';
import { pruneLedger } from '../rules/pruning.ts';
import { isSingleLook, performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { ledgerStoreName } from '../store.ts';
import { ledgerMigrations } from './migrations.ts';
import { SqlLedger } from './sql-ledger.ts';
import { type Execute, type SqlParameter, SqlStatements } from './sql-statements.ts';

export interface SqlLedgerAccess {
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

export class SqlLedgerStore implements Store<SqlEntityManager> {
  readonly name = ledgerStoreName;
  readonly #access: SqlLedgerAccess;

  constructor(access: SqlLedgerAccess) {
    this.#access = access;
  }

  read(op: string, args: Json): Promise<Json> {
    if (isSingleLook(op))
      return performRead(this.#rows(this.#access.read(), { single: true }), op, args);
    const oneSnapshot = { isolationLevel: 'repeatable read', readOnly: true } as const;
    return this.#access
      .read()
      .transactional((em) => performRead(this.#rows(em), op, args), oneSnapshot);
  }

  async apply(tx: SqlEntityManager, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    for (const write of foldedWrites(writes)) await performWrite(rows, write);
  }

  prune(tx: SqlEntityManager, beforeMs: number, limit: number): Promise<number> {
    return pruneLedger(this.#rows(tx), beforeMs, limit);
  }

  #rows(em: EntityManager, options?: { readonly single: boolean }): SqlLedger {
    const { schema } = this.#access;
    const execute: Execute = (sql, parameters) => this.#access.execute(em, sql, parameters);
    return new SqlLedger(new SqlStatements(execute, options), schema);
  }
}

/** The store and its tables, as `runtime/postgres/` takes them. */
export const ledgerSqlModule = {
  name: ledgerStoreName,
  // MikroORM manages no rows here: statements find and change whole sets.
  entities: [],
  migrations: ledgerMigrations,
  create: (access: SqlLedgerAccess) => new SqlLedgerStore(access),
};
