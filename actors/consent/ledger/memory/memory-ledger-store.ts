/**
 * The consent ledger in memory: for tests, the simulation and services that need no database.
 *
 * 1. Reads and applies run one after another, and wait for the end of an open commit. So a read
 *    sees one state, and nothing of this state is undone afterwards.
 * 2. A failed apply undoes nothing itself: the journal undoes the whole commit.
 */
import type { Json } from '../../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../../runtime/ports/undo-log.ts';
import { copyOf } from '../../../../runtime/step/json-copy.ts';
import { pruneLedger } from '../rules/pruning.ts';
import { performRead } from '../rules/reads.ts';
import { performWrite } from '../rules/writes.ts';
import { ledgerStoreName } from '../store.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryLedgerTables } from './memory-ledger-tables.ts';

export class MemoryLedgerStore implements Store<UndoLog> {
  readonly name = ledgerStoreName;
  readonly #tables: MemoryLedgerTables;
  #last: Promise<unknown> = Promise.resolve();

  /** `tables`: given by a test that reads them too. */
  constructor(tables = new MemoryLedgerTables()) {
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

  /**
   * Removes old tombstones of finished sagas, and old refusals: after the retention no question
   * about them is repeated.
   */
  prune(tx: UndoLog, beforeMs: number, limit: number): Promise<number> {
    return this.#alone(() => pruneLedger(this.#rows(tx), beforeMs, limit));
  }

  #rows(undo: UndoLog): MemoryLedger {
    return new MemoryLedger(this.#tables, undo);
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
