/** The transactions in memory. */
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { UndoableTable, type UndoLog } from '../../runtime/ports/undo-log.ts';
import {
  type Transaction,
  type TransactionFilter,
  type TransactionsRead,
  type TransactionsWrite,
  transactionChanged,
  transactionsStoreName,
  transactionsWriteOf,
  unknownOperation,
} from './store.ts';

export class MemoryTransactionsStore implements Store<UndoLog> {
  readonly name = transactionsStoreName;
  readonly #transactions = new UndoableTable<Transaction>();

  async read(op: string, args: Json): Promise<Json> {
    return structuredClone(this.#found({ op, args } as TransactionsRead));
  }

  async apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    for (const write of writes) {
      if (write.op !== 'put') throw unknownOperation(write);
      this.#put(undoLog, transactionsWriteOf(write));
    }
  }

  #found(read: TransactionsRead): Transaction | null | readonly Transaction[] {
    switch (read.op) {
      case 'transaction':
        return this.#transactions.get(read.args.address) ?? null;
      case 'transactions':
        return this.#fitting(read.args);
      default:
        throw unknownOperation(read satisfies never);
    }
  }

  #fitting({ addresses, card, state }: TransactionFilter): Transaction[] {
    const fits = (transaction: Transaction): boolean =>
      (addresses?.includes(transaction.address) ?? true) &&
      (card === undefined || transaction.card === card) &&
      (state === undefined || transaction.state === state);
    return [...this.#transactions.values()]
      .filter(fits)
      .sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  #put(undoLog: UndoLog, { args, expect }: TransactionsWrite): void {
    const { address } = args;
    if ((this.#transactions.get(address)?.version ?? 0) !== expect.version)
      throw transactionChanged(address, expect.version);
    this.#transactions.put(undoLog, address, { ...args, version: expect.version + 1 });
  }
}
