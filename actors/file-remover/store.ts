/**
 * The port to the receipts of removed files: one row for each file record.
 *
 * 1. Only one actor, keyed by the record, writes a receipt. So a write needs no expectation, and a
 *    repeated write changes nothing.
 * 2. `removed` and `restored` are final: neither a repeated message nor a try that finds no file
 *    changes the state.
 * 3. `kept` is the end of a removal that was not needed. A further request looks again.
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { Broken } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';

export const filesStoreName = 'files';

export type Receipt = {
  /** The file record. */
  readonly id: string;
  readonly url: string;
  /** The card that listed the file. */
  readonly card: string | null;
  /**
   * `quarantined`: moved away from its place, to be removed later; `restored`: back at its place
   * for good; `kept`: at its place, because another row lists the file.
   */
  readonly state: 'queued' | 'quarantined' | 'removed' | 'restored' | 'kept' | 'failed';
  /** Size before removal. */
  readonly bytes: number | null;
  /** SHA-256 of the content before removal, hexadecimal. */
  readonly sha256: string | null;
  /** Milliseconds since the epoch. */
  readonly removedAtMs: number | null;
  /** Milliseconds since the epoch; null unless the state is `failed`. */
  readonly failedAtMs: number | null;
  /** Tries of the last removal. */
  readonly attempts: number;
  /** `absent` when there was no file, the row that lists a kept file, or the reason of the failure. */
  readonly note: string | null;
  /**
   * Further data of the file's server about the file and its removal; null for a file on a disk.
   */
  readonly evidence: JsonObject | null;
};

/** A receipt must fit every given member; an empty filter gives all receipts. */
export type ReceiptFilter = {
  readonly id?: string;
  readonly card?: string;
  readonly url?: string;
};

export type FilesReads = {
  /** By id. */
  receipts: { args: ReceiptFilter; result: readonly Receipt[] };
  /** By id, from the first id after `after`; '' for the first. */
  page: { args: { readonly after: string; readonly limit: number }; result: readonly Receipt[] };
};

export type FilesWrites = {
  /** Sets the state `queued`, also after `failed`; a final receipt stays. */
  queue: { args: Pick<Receipt, 'id' | 'url' | 'card'>; expect: null };
  /** Sets the state `quarantined`; a final receipt stays. */
  hold: {
    args: Pick<Receipt, 'id' | 'bytes' | 'sha256' | 'attempts' | 'evidence'>;
    expect: null;
  };
  /** Sets the state `restored`; a final receipt stays. */
  restore: { args: Pick<Receipt, 'id'>; expect: null };
  /** Sets the state `kept`; a final receipt stays. */
  keep: { args: Pick<Receipt, 'id' | 'note'>; expect: null };
  /** Sets the state `removed`; a final receipt stays as it is. */
  remove: {
    args: Pick<Receipt, 'id' | 'bytes' | 'sha256' | 'attempts' | 'note' | 'evidence'> & {
      readonly removedAtMs: number;
    };
    expect: null;
  };
  /** Sets the state `failed`; a final receipt stays. */
  fail: {
    args: Pick<Receipt, 'id' | 'attempts'> & { readonly note: string; readonly failedAtMs: number };
    expect: null;
  };
};

/** Any write of this store, told apart by `op`. */
export type FilesWrite = {
  [Op in keyof FilesWrites]: { readonly op: Op; readonly args: FilesWrites[Op]['args'] };
}[keyof FilesWrites];

/** Any read of this store, told apart by `op`. */
export type FilesRead = {
  [Op in keyof FilesReads]: { readonly op: Op; readonly args: FilesReads[Op]['args'] };
}[keyof FilesReads];

/** Whether no later write changes the receipt. */
export function isFinal({ state }: Pick<Receipt, 'state'>): boolean {
  return state === 'removed' || state === 'restored';
}

/** Whether the removal is over. A failed removal is tried again when its dead letter is replayed. */
export function isOver(receipt: Pick<Receipt, 'state'>): boolean {
  return isFinal(receipt) || receipt.state === 'kept';
}

/** A typed read of this store. */
export function filesRead<Op extends keyof FilesReads>(op: Op, args: FilesReads[Op]['args']): Read {
  return { store: filesStoreName, op, args: args };
}

/** A typed write of this store. */
export function filesWrite<Op extends keyof FilesWrites>(
  op: Op,
  args: FilesWrites[Op]['args'],
): Write {
  return { store: filesStoreName, op, args };
}

/** A receipt before anything has been done. */
export function queuedReceipt({ id, url, card }: FilesWrites['queue']['args']): Receipt {
  return {
    id,
    url,
    card,
    state: 'queued',
    bytes: null,
    sha256: null,
    removedAtMs: null,
    failedAtMs: null,
    attempts: 0,
    note: null,
    evidence: null,
  };
}

/**
 * The write with the types of this store. The journal hands a write back exactly as `filesWrite`
 * made it.
 */
export function filesWriteOf({ op, args }: Write): FilesWrite {
  return { op, args } as FilesWrite;
}

export function unknownOperation({ op }: { readonly op: string }): Broken {
  return new Broken('broken', `the file receipts have no operation '${op}'`);
}
