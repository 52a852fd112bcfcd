/**
 * The hierarchy in memory: for tests, the simulation and a service that needs no database.
 *
 * 1. Reads and applies pass one after another, and wait for the end of a commit that has applied: a read sees one state, in which nothing
 *    is undone afterwards.
 * 2. An apply that throws undoes nothing itself: the journal undoes the whole commit.
 */
import type { Json } from '../../../runtime/ports/json.ts';
import type { Store, UndoLog, Write } from '../../../runtime/ports/store.ts';
import { copyOf } from '../../../runtime/step/json-copy.ts';
import { pruneLedger } from '../rules/pruning.ts';
import { performRead } from '../rules/reads.ts';
import type { HierarchyRows } from '../rules/rows.ts';
import { performWrite } from '../rules/writes.ts';
import { hierarchyStoreName } from '../store.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryTables } from './memory-tables.ts';
import { MemoryTree } from './memory-tree.ts';

export class MemoryHierarchyStore implements Store<UndoLog> {
  readonly name = hierarchyStoreName;
  readonly #tables: MemoryTables;
  #last: Promise<unknown> = Promise.resolve();

  /** `tables`: whoever else looks at them. */
  constructor(tables = new MemoryTables()) {
    this.#tables = tables;
  }

  read(op: string, args: Json): Promise<Json> {
    const never: UndoLog = { onRollback: () => undefined };
    return this.#alone(async () => copyOf(await performRead(this.#rows(never), op, args)));
  }

  apply(tx: UndoLog, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    const applied = this.#alone(async () => {
      // What the caller does with its arguments afterwards must not reach the tables.
      for (const write of writes) await performWrite(rows, { ...write, args: copyOf(write.args) });
    });
    this.#last = this.#last.then(() => tx.ended);
    return applied;
  }

  /** Tombstones of sagas that are through, and refusals: who repeats a question about them is younger than that. */
  prune(tx: UndoLog, beforeMs: number, limit: number): Promise<number> {
    return this.#alone(() => pruneLedger(this.#rows(tx), beforeMs, limit));
  }

  #rows(undo: UndoLog): HierarchyRows {
    return {
      tree: new MemoryTree(this.#tables, undo),
      ledger: new MemoryLedger(this.#tables, undo),
    };
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
