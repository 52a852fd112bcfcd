/** The receipts in memory. */
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { UndoableTable, type UndoLog } from '../../runtime/ports/undo-log.ts';
import {
  type FilesRead,
  type FilesWrite,
  filesStoreName,
  filesWriteOf,
  isFinal,
  queuedReceipt,
  type Receipt,
  type ReceiptFilter,
  unknownOperation,
} from './store.ts';

export class MemoryFilesStore implements Store<UndoLog> {
  readonly name = filesStoreName;
  readonly #receipts = new UndoableTable<Receipt>();

  async read(op: string, args: Json): Promise<Json> {
    return structuredClone(this.#found({ op, args } as FilesRead));
  }

  async apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    for (const write of writes) this.#apply(undoLog, filesWriteOf(structuredClone(write)));
  }

  #found(read: FilesRead): Receipt[] {
    switch (read.op) {
      case 'receipts':
        return this.#fitting(read.args);
      case 'page': {
        const { after, limit } = read.args;
        const later = this.#fitting({}).filter(({ id }) => id > after);
        return later.slice(0, limit);
      }
      default:
        throw unknownOperation(read satisfies never);
    }
  }

  #fitting({ id, card, url }: ReceiptFilter): Receipt[] {
    const fits = (receipt: Receipt): boolean =>
      (id === undefined || receipt.id === id) &&
      (card === undefined || receipt.card === card) &&
      (url === undefined || receipt.url === url);
    return [...this.#receipts.values()].filter(fits).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #apply(undoLog: UndoLog, write: FilesWrite): void {
    const before = this.#receipts.get(write.args.id);
    const after = changed(before, write);
    if (after === undefined || (before !== undefined && isFinal(before))) return;
    this.#receipts.put(undoLog, after.id, after);
  }
}

function changed(before: Receipt | undefined, write: FilesWrite): Receipt | undefined {
  switch (write.op) {
    case 'queue':
      return queuedReceipt(write.args);
    case 'hold':
      return before && { ...before, ...write.args, state: 'quarantined' };
    case 'restore':
      return before && { ...before, state: 'restored' };
    case 'keep':
      return before && { ...before, ...write.args, state: 'kept' };
    case 'remove':
      return before && { ...before, ...write.args, state: 'removed' };
    case 'fail':
      return before && { ...before, ...write.args, state: 'failed' };
    default:
      throw unknownOperation(write satisfies never);
  }
}
