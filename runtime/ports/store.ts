/**
 * The port to a service's own tables. A machine asks for reads and writes as data; the runtime
 * performs them.
 *
 * Invariants:
 * - Read before the step: `read` runs outside the commit. Its result, with row versions, arrives in
 *   the event.
 * - Written in the commit: `apply` runs exactly once, in the transaction of the journal that shares
 *   the database.
 * - Expected: an `expect` that does not hold throws `Conflict`. The turn is rolled back and done
 *   again with new reads.
 * - Refused: a domain refusal (a taken name) throws `Refused`, and the machine gets the refusal as
 *   an `error.write` event. Any other error of a store arrives as `write-failed`. Exceptions, which
 *   are done again: the database cannot be reached, or two turns wait for each other.
 *
 * - Read in a commit: `readIn` sees the writes of a commit before its end, and `apply` may be called
 *   again afterwards. Meanwhile no `read` sees these writes.
 *
 * `Tx` is the transaction of the journal of the same kind: an `UndoLog` in memory, MikroORM's
 * `EntityManager` on SQL.
 */
import { Broken, errorText, UnanimousError } from './errors.ts';
import type { Json } from './json.ts';

/** A change through a store, as data. */
export type Write = {
  readonly store: string;
  readonly op: string;
  readonly args: Json;
  readonly expect?: Json;
};

/** A query of a store, for a message or a state, as data. */
export type Read = {
  readonly store: string;
  readonly op: string;
  readonly args: Json;
};

declare const resultOfRead: unique symbol;

/**
 * A read whose result has the type `Result`. The type exists for the compiler only: as data a `ReadOf`
 * is a `Read`, and stands wherever a `Read` may stand.
 */
export type ReadOf<Result> = Read & { readonly [resultOfRead]?: Result };

/**
 * A service's own tables. Reads and writes name the store by `name`. `read` and `apply` may reject
 * with `Refused`, `Conflict` and `Transient`.
 */
export interface Store<Tx> {
  readonly name: string;
  read(op: string, args: Json): Promise<Json>;
  /**
   * Performs all writes of a commit to this store, in order: the writes of one turn, or of several
   * turns that are committed together. Repeated operations may share a statement; after a failure,
   * the turns are done again one by one. On SQL one entity manager serves all writes, so rows that
   * a statement has changed must not be looked up in its identity map.
   */
  apply(tx: Tx, writes: readonly Write[]): Promise<void>;
  /**
   * As `read`, in the transaction of a commit: sees the writes that `apply` has performed in it. A
   * store without `readIn` is not read before the commit has ended.
   */
  readIn?(tx: Tx, op: string, args: Json): Promise<Json>;
  /**
   * Deletes tombstones (traces of deleted rows) older than `beforeMs`, at most `limit`. Resolves to
   * their number. A store without tombstones leaves `prune` out. A tombstone stays while a service
   * may ask about the node, whatever its age.
   */
  prune?(tx: Tx, beforeMs: number, limit: number): Promise<number>;
}

/** A store as a service has it: writes are data, and only the commit applies them. */
export type ReadableStore = Pick<Store<never>, 'name' | 'read'>;

/**
 * A composition of stores for reads: a read of a view looks at several stores, one after another
 * and without a common snapshot. The writes that follow expect the versions that were read.
 */
export interface StoreView {
  /** Reads name the view as they name a store. */
  readonly name: string;
  /** The stores that the view reads. */
  readonly over: readonly string[];
  /** `read`: reads one of the stores. Rejects as `Store.read` does. */
  read(op: string, args: Json, read: (read: Read) => Promise<Json>): Promise<Json>;
}

/** The names of the stores that are read within a commit. */
export function readableIn(
  stores: Iterable<Pick<Store<never>, 'name' | 'readIn'>>,
): ReadonlySet<string> {
  return new Set([...stores].flatMap(({ name, readIn }) => (readIn === undefined ? [] : [name])));
}

/**
 * An error of a store as an error of the runtime. An error that is no `UnanimousError` is a bug of
 * the store and would come again.
 */
export function writeFailure(store: string, error: unknown): UnanimousError {
  if (error instanceof UnanimousError) return error;
  const reason = errorText(error);
  return new Broken('write-failed', `the store '${store}' could not write: ${reason}`, {
    cause: error,
  });
}

/** Writes by store, in the order in which the stores first appear. */
export function writesByStore(writes: readonly Write[]): ReadonlyMap<string, readonly Write[]> {
  const byStore = new Map<string, Write[]>();
  for (const write of writes) {
    const gathered = byStore.get(write.store);
    if (gathered === undefined) byStore.set(write.store, [write]);
    else gathered.push(write);
  }
  return byStore;
}

/** One step in the making of a store's tables on SQL. */
export interface SqlMigration {
  /** Unique within the store and never used again; migrations run in the order of the list. */
  readonly name: string;
  /** Statements with names qualified by `schema`. They run in one transaction. */
  up(schema: string): readonly string[];
  /** The way back. Left out where undoing would lose data that is nowhere else. */
  readonly down?: {
    /** The data that undoing loses, for an operator. */
    readonly loses: string;
    statements(schema: string): readonly string[];
  };
}
