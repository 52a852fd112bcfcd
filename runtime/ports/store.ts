/**
 * The port to a service's own tables. A machine asks for reads and writes as data; the runtime
 * performs them.
 *
 * 1. `read` runs before the step, outside the commit; its result (with row versions) arrives in the
 *    event.
 * 2. `apply` runs inside the commit, exactly once, in the transaction of the journal that shares
 *    the database.
 * 3. An `expect` that does not hold throws `Conflict`: the turn is rolled back and redone with
 *    fresh reads.
 * 4. A domain refusal (a name that is taken) throws `Refused`: the machine receives it as an
 *    `error.write` event, and what else a store throws as `write-failed`; unless the database
 *    cannot be reached, or two turns wait for each other: those are done again.
 *
 * `Tx` is what the journal of the same kind hands out: an `UndoLog` in memory, MikroORM's
 * `EntityManager` on SQL.
 */
import { Broken, UnanimousError } from './errors.ts';
import type { Json } from './json.ts';

/** A change through a store, as data. */
export interface Write {
  readonly store: string;
  readonly op: string;
  readonly args: Json;
  readonly expect?: Json;
}

/** What a message or a state needs to know, as data. */
export interface Read {
  readonly store: string;
  readonly op: string;
  readonly args: Json;
}

/**
 * A port to a service's own tables; `name` is what reads and writes call it. `read` and `apply` may
 * throw `Refused`, `Conflict`, `Transient`.
 */
export interface Store<Tx> {
  readonly name: string;
  read(op: string, args: Json): Promise<Json>;
  /**
   * All writes of one commit to this store, in order: those of one turn, or of several that are
   * committed together. Operations that repeat may be done in one statement; whatever fails, the
   * turns are done again one by one. On SQL one entity manager serves them all, so what was changed
   * behind its back (by a statement) must not be looked up in its identity map.
   */
  apply(tx: Tx, writes: readonly Write[]): Promise<void>;
  /**
   * Removes what it keeps of rows that are gone (tombstones) and that is older than that moment, at
   * most `limit`; says how many. A store that keeps nothing of the kind leaves it out. What
   * somebody may still ask about stays, whatever its age.
   */
  prune?(tx: Tx, beforeMs: number, limit: number): Promise<number>;
}

/**
 * The transaction of everything held in memory: what was done is undone, last first, when the
 * commit fails.
 */
export interface UndoLog {
  onRollback(undo: () => void): void;
  /**
   * Settles when all is committed or undone. A store whose writes take several moments lets its
   * reads wait for it: what they see is then never undone.
   */
  readonly ended?: Promise<void>;
}

/**
 * What a store threw, in the runtime's terms: an error that says nothing of itself is its bug, and
 * would come again.
 */
export function writeFailure(store: string, error: unknown): UnanimousError {
  if (error instanceof UnanimousError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Broken('write-failed', `the store '${store}' could not write: ${reason}`, {
    cause: error,
  });
}

/** Writes gathered by store, in the order in which the stores first appear. */
export function writesByStore(writes: readonly Write[]): ReadonlyMap<string, readonly Write[]> {
  const byStore = new Map<string, Write[]>();
  for (const write of writes) {
    const gathered = byStore.get(write.store);
    if (gathered === undefined) byStore.set(write.store, [write]);
    else gathered.push(write);
  }
  return byStore;
}

/** A step in the making of a store's tables on SQL, as plain data. */
export interface SqlMigration {
  /**
   * Unique within the store and never used again; migrations run in the order in which they are
   * listed.
   */
  readonly name: string;
  /** Statements with names qualified by `schema`. They run in one transaction. */
  up(schema: string): readonly string[];
}
