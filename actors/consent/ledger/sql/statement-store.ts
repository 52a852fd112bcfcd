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
import { SharedSelections } from './shared-selections.ts';
import {
  type Execute,
  type SqlParameter,
  SqlStatements,
  type StatementsOptions,
} from './sql-statements.ts';

export interface StatementAccess {
  /** The schema of the tables; statements name the schema. */
  readonly schema: string;
  /** A new entity manager for reads, with the schema set. */
  read(): SqlEntityManager;
  /** Resolves with the result of reads that see one snapshot. */
  snapshot<Result>(reads: (em: SqlEntityManager) => Promise<Result>): Promise<Result>;
  /** Runs one statement on the connection of `em`. Parameters are `?`. */
  execute(
    em: EntityManager,
    sql: string,
    parameters: readonly SqlParameter[],
  ): Promise<readonly unknown[]>;
  /** Whether each statement of a commit is sent before the result of the last one has arrived. */
  readonly isPipelined: boolean;
}

/** The rows of a store, and how its reads and writes are performed. */
export interface StatementRules<Rows> {
  readonly name: string;
  readonly rows: (statements: SqlStatements, schema: string) => Rows;
  /** Whether the read asks for one statement only. */
  readonly isSingleLook: (op: string, args: Json) => boolean;
  /**
   * Whether a read of one statement finds few rows, however many rows there are. Such reads of one
   * moment share a statement. A read of many rows would delay the other reads of its statement.
   */
  readonly isSmallLook: (op: string, args: Json) => boolean;
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
  /** On a connection of its own. */
  readonly #select: Execute;
  readonly #shared: SharedSelections;

  constructor(access: StatementAccess, rules: StatementRules<Rows>) {
    this.name = rules.name;
    this.#access = access;
    this.#rules = rules;
    this.#select = (sql, parameters) => access.execute(access.read(), sql, parameters);
    this.#shared = new SharedSelections(this.#select);
  }

  read(op: string, args: Json): Promise<Json> {
    const { isSingleLook, isSmallLook, performRead } = this.#rules;
    if (isSingleLook(op, args)) {
      const select = isSmallLook(op, args) ? this.#shared.select : this.#select;
      return performRead(this.#rows(select, { single: true }), op, args);
    }
    return this.#access.snapshot((em) => performRead(this.rowsOf(em), op, args));
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
  rowsOf(em: EntityManager, options?: StatementsOptions): Rows {
    return this.#rows((sql, parameters) => this.#access.execute(em, sql, parameters), options);
  }

  #rows(execute: Execute, options?: StatementsOptions): Rows {
    return this.#rules.rows(new SqlStatements(execute, options), this.#access.schema);
  }
}
