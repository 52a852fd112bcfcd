/**
 * The receipts of removed files: what this service reads and writes. One row a file record.
 *
 * 1. One actor, keyed by the record, writes a receipt; writes need no expectation, and doing one again changes nothing.
 * 2. `removed` is final: neither a message that comes again nor a try that finds nothing left takes it back.
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { Broken } from '../../runtime/ports/errors.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';

export const filesStoreName = 'files';

export type Receipt = {
  /** The file record. */
  readonly id: string;
  readonly url: string;
  /** The card that listed it. */
  readonly card: string | null;
  readonly state: 'queued' | 'removed' | 'failed';
  /** Size before removal. */
  readonly bytes: number | null;
  /** SHA-256 of the content before removal, hexadecimal. */
  readonly sha256: string | null;
  /** Milliseconds since the epoch. */
  readonly removedAtMs: number | null;
  /** Tries of the last removal. */
  readonly attempts: number;
  /** `absent` when there was nothing to remove; why it failed. */
  readonly note: string | null;
};

/** What is asked for must fit all that is given; nothing given: all. */
export type ReceiptFilter = {
  readonly id?: string;
  readonly card?: string;
  readonly url?: string;
};

export type FilesReads = {
  /** By id. */
  receipts: { args: ReceiptFilter; result: readonly Receipt[] };
};

export type FilesWrites = {
  /** Notes that a file is to be removed; a failed one is queued again, a removed one stays. */
  queue: { args: Pick<Receipt, 'id' | 'url' | 'card'>; expect: null };
  /** Notes that it is gone; a removed one stays as it is. */
  remove: {
    args: Pick<Receipt, 'id' | 'bytes' | 'sha256' | 'attempts' | 'note'> & {
      readonly removedAtMs: number;
    };
    expect: null;
  };
  /** Notes that it could not be removed; a removed one stays. */
  fail: { args: Pick<Receipt, 'id' | 'attempts'> & { readonly note: string }; expect: null };
};

/** Any write of this store, told apart by `op`. */
export type FilesWrite = {
  [Op in keyof FilesWrites]: { readonly op: Op; readonly args: FilesWrites[Op]['args'] };
}[keyof FilesWrites];

/** A typed read of this store. */
export function filesRead<Op extends keyof FilesReads>(op: Op, args: FilesReads[Op]['args']): Read {
  return { store: filesStoreName, op, args: args as Read['args'] };
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
    attempts: 0,
    note: null,
  };
}

export function unknownOperation(op: string): Broken {
  return new Broken('broken', `the file receipts have no operation '${op}'`);
}
