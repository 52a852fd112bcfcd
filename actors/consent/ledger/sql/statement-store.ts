/**
 * A store whose rows are read and changed by `SqlStatements`, in PostgreSQL or PGlite.
 *
 * Invariants:
 * - One snapshot: a read is a read-only transaction, or a single statement. A write runs in the
 *   transaction of the commit, at READ COMMITTED, and so does a read there (`readIn`): each of its
 *   statements has a snapshot of its own.
 * - One order: the writes of a commit lock their rows in the same order, also when the rows belong
 *   to several actors.
 * - Deadlocks end: when two commits lock the same rows in different orders, PostgreSQL aborts one
 *   of them with SQLSTATE 40P01. The journal treats this error as a `Conflict`.
 */
import type { EntityManager, SqlEntityManager } from '@mikro-orm/sql';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../../runtime/ports/store.ts';
import { type Execute, type SqlParameter, SqlStatements } from './sql-statements.ts';

export interface StatementAccess {
  /** The schema of the tables; statements name the schema. */
  readonly schema: string;
  /** A new entity manager for reads, with the schema set. */
  read(): SqlEntityManager;
  /** Runs one statement on the connection of `em`. Parameters are `?`. */
  execute(
    em: EntityManager,
    sql: string,
    parameters: readonly SqlParameter[],
  ): Promise<readonly unknown[]>;
  /** Whether statements of a commit are sent without waiting for the former. */
  readonly isPipelined: boolean;
}

/** The rows of a store, and how its reads and writes are performed. */
export interface StatementRules<Rows> {
  readonly name: string;
  readonly rows: (statements: SqlStatements, schema: string) => Rows;
  /** Whether the read asks for one statement only. */
  readonly isSingleLook: (op: string, args: Json) => boolean;
  /** Writes with the same effect, in fewer steps. */
  readonly foldedWrites: (writes: readonly Write[]) => readonly Write[];
  /**
   * Takes the locks of all writes in the common order, when the writes by themselves would take
   * them in another order.
   */
  readonly lockFirst: (rows: Rows, writes: readonly Write[]) => Promise<void>;
  readonly performRead: (rows: Rows, op: string, args: Json) => Promise<Json>;
  readonly performWrite: (rows: Rows, write: Write) => Promise<void>;
}

export class StatementStore<Rows> implements Store<SqlEntityManager> {
  readonly name: string;
  readonly #access: StatementAccess;
  readonly #rules: StatementRules<Rows>;

  constructor(access: StatementAccess, rules: StatementRules<Rows>) {
    this.name = rules.name;
    this.#access = access;
    this.#rules = rules;
  }

  read(op: string, args: Json): Promise<Json> {
    const { isSingleLook, performRead } = this.#rules;
    if (isSingleLook(op, args))
      return performRead(this.rowsOf(this.#access.read(), { single: true }), op, args);
    const oneSnapshot = { isolationLevel: 'repeatable read', readOnly: true } as const;
    return this.#access
      .read()
      .transactional((em) => performRead(this.rowsOf(em), op, args), oneSnapshot);
  }

  /** Sees the commits of others between its statements. The writes compare what they rely on. */
  readIn(tx: SqlEntityManager, op: string, args: Json): Promise<Json> {
    return this.#rules.performRead(this.rowsOf(tx), op, args);
  }

  async apply(tx: SqlEntityManager, writes: readonly Write[]): Promise<void> {
    const { foldedWrites, lockFirst, performWrite } = this.#rules;
    const { isPipelined } = this.#access;
    const rows = this.rowsOf(tx, { isPipelined });
    const folded = foldedWrites(writes);
    await lockFirst(rows, folded);
    for (const write of folded) await performWrite(rows, write);
  }

  /** The rows on the connection of `em`. */
  rowsOf(
    em: EntityManager,
    options?: { readonly single?: boolean; readonly isPipelined?: boolean },
  ): Rows {
    const { schema } = this.#access;
    const execute: Execute = (sql, parameters) => this.#access.execute(em, sql, parameters);
    return this.#rules.rows(new SqlStatements(execute, options), schema);
  }
}
