/**
 * The hierarchy in memory: for tests, the simulation and a service that needs no database.
 *
 * Invariants:
 * - Serial: reads and applies run one after another (`SerialAccess`).
 * - Undone by the journal: a failed apply undoes nothing itself. The journal undoes the whole commit.
 */
import type { Json } from '../../../runtime/ports/json.ts';
import { SerialAccess } from '../../../runtime/ports/serial-access.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import { copyOf } from '../../../runtime/step/json-copy.ts';
import { foldedWrites } from '../rules/folded-writes.ts';
import { performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { hierarchyStoreName } from '../store.ts';
import { MemoryTables } from './memory-tables.ts';
import { MemoryTree } from './memory-tree.ts';

export class MemoryHierarchyStore implements Store<UndoLog> {
  readonly name = hierarchyStoreName;
  readonly #tables: MemoryTables;
  readonly #access = new SerialAccess();

  /** `tables`: given by a test that also reads the tables. */
  constructor(tables = new MemoryTables()) {
    this.#tables = tables;
  }

  read(op: string, args: Json): Promise<Json> {
    return this.readIn(noUndo, op, args);
  }

  readIn(tx: UndoLog, op: string, args: Json): Promise<Json> {
    return this.#access.readIn(tx, async () => copyOf(await performRead(this.#rows(tx), op, args)));
  }

  apply(tx: UndoLog, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    return this.#access.runIn(tx, async () => {
      // A copy, so that a later change of the arguments by the caller does not reach the tables.
      for (const write of foldedWrites(writes))
        await performWrite(rows, { ...write, args: copyOf(write.args) });
    });
  }

  #rows(undo: UndoLog): MemoryTree {
    return new MemoryTree(this.#tables, undo);
  }
}
