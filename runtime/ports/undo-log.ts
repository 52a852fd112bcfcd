/**
 * Rollback of changes in memory. A store in memory changes its rows at once and registers how each
 * change is undone.
 *
 * Invariants:
 * - A rollback undoes the changes in reverse order, so each undo finds the rows as its change left
 *   them.
 * - `ended` settles when all changes are committed or undone. A store whose writes are asynchronous
 *   lets its reads wait for `ended`, so no read sees a change that is undone later.
 */

/** Takes the undo functions of one commit. The transaction of `Store` in memory. */
export interface UndoLog {
  onRollback(undo: () => void): void;
  /** Settles when all is committed or undone. Left out where nothing is ever undone. */
  readonly ended?: Promise<void>;
}

/** For changes that are never rolled back. */
export const noUndo: UndoLog = { onRollback: () => undefined };

/** The changes of a commit, until the end of the commit. */
export class MemoryTransaction implements UndoLog {
  readonly ended: Promise<void>;
  readonly #undos: (() => void)[] = [];
  #end: () => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Rolls back when `work` rejects. Settles as `work` does. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      for (const undo of this.#undos.reverse()) undo();
      throw error;
    } finally {
      this.#end();
    }
  }

  onRollback(undo: () => void): void {
    this.#undos.push(undo);
  }
}

/** A table in memory: immutable rows by key. Each change registers its undo. */
export class UndoableTable<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #onChange: (before: Row | undefined, after: Row | undefined) => void;

  /** `onChange` is called at each change and at each undo, for example to keep an index. */
  constructor(
    onChange: (before: Row | undefined, after: Row | undefined) => void = () => undefined,
  ) {
    this.#onChange = onChange;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  put(undo: UndoLog, key: string, row: Row): void {
    this.#change(undo, key, row);
  }

  drop(undo: UndoLog, key: string): void {
    this.#change(undo, key, undefined);
  }

  #change(undo: UndoLog, key: string, after: Row | undefined): void {
    const before = this.#rows.get(key);
    this.#set(key, before, after);
    undo.onRollback(() => this.#set(key, after, before));
  }

  #set(key: string, before: Row | undefined, after: Row | undefined): void {
    if (after === undefined) this.#rows.delete(key);
    else this.#rows.set(key, after);
    this.#onChange(before, after);
  }
}
