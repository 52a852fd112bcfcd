/**
 * The consent ledger in memory: for tests, the simulation and services that need no database.
 *
 * Invariants:
 * - Serial: reads and applies run one after another (`SerialAccess`).
 * - Undone by the journal: a failed apply undoes nothing itself. The journal undoes the whole commit.
 */
import type { Json } from '../../../../runtime/ports/json.ts';
import { SerialAccess } from '../../../../runtime/ports/serial-access.ts';
import type { Store, Write } from '../../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../../runtime/ports/undo-log.ts';
import { copyOf } from '../../../../runtime/step/json-copy.ts';
import { foldedWrites } from '../rules/folded-writes.ts';
import { pruneLedger } from '../rules/pruning.ts';
import { performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { ledgerStoreName } from '../store.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryLedgerTables } from './memory-ledger-tables.ts';

export class MemoryLedgerStore implements Store<UndoLog> {
  readonly name = ledgerStoreName;
  readonly #tables: MemoryLedgerTables;
  readonly #access = new SerialAccess();

  /** `tables`: given by a test that also reads the tables. */
  constructor(tables = new MemoryLedgerTables()) {
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

  /**
   * Removes old tombstones of finished sagas, and old refusals: after the retention no question
   * about them is repeated.
   */
  prune(tx: UndoLog, beforeMs: number, limit: number): Promise<number> {
    return this.#access.run(() => pruneLedger(this.#rows(tx), beforeMs, limit));
  }

  #rows(undo: UndoLog): MemoryLedger {
    return new MemoryLedger(this.#tables, undo);
  }
}
