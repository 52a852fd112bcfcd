/**
 * The hierarchy in memory: for tests, the simulation and a service that needs no database.
 *
 * 1. Reads and applies run one after another, and wait for the end of an open commit. So a read
 *    sees one state, and nothing of this state is undone afterwards.
 * 2. A failed apply undoes nothing itself: the journal undoes the whole commit.
 */
import type { Json } from '../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import { copyOf } from '../../../runtime/step/json-copy.ts';
import { performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { hierarchyStoreName } from '../store.ts';
import { MemoryTables } from './memory-tables.ts';
import { MemoryTree } from './memory-tree.ts';

export class MemoryHierarchyStore implements Store<UndoLog> {
  readonly name = hierarchyStoreName;
  readonly #tables: MemoryTables;
  #last: Promise<unknown> = Promise.resolve();

  /** `tables`: given by a test that reads them too. */
  constructor(tables = new MemoryTables()) {
    this.#tables = tables;
  }

  read(op: string, args: Json): Promise<Json> {
    return this.#alone(async () => copyOf(await performRead(this.#rows(noUndo), op, args)));
  }

  apply(tx: UndoLog, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    const applied = this.#alone(async () => {
      // A copy, so that a later change of the arguments by the caller does not reach the tables.
      for (const write of writes) await performWrite(rows, { ...write, args: copyOf(write.args) });
    });
    this.#last = this.#last.then(() => tx.ended);
    return applied;
  }

  #rows(undo: UndoLog): MemoryTree {
    return new MemoryTree(this.#tables, undo);
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
