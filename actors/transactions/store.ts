/**
 * The transactions that cards belong to: what this service reads and writes. One row an address.
 *
 * 1. A row's `version` rises with every change; `put` names the one that was read, 0 for no row.
 * 2. Which state may follow which is a rule of the actor (`transition-rules.ts`), not of the store.
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { Broken, Conflict } from '../../runtime/ports/errors.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';

export const transactionsStoreName = 'transactions';

export type TransactionState = 'PENDING' | 'DELETE' | 'CONFIRMED';

export type Transaction = {
  readonly address: string;
  readonly state: TransactionState;
  /** The card it is about. */
  readonly card: string | null;
  readonly version: number;
  /** When it last changed, milliseconds since the epoch. */
  readonly atMs: number;
};

/** What is asked for must fit all that is given; nothing given: all. */
export type TransactionFilter = {
  readonly addresses?: readonly string[];
  readonly card?: string;
  readonly state?: TransactionState;
};

export type TransactionsReads = {
  transaction: { args: { readonly address: string }; result: Transaction | null };
  /** By address. */
  transactions: { args: TransactionFilter; result: readonly Transaction[] };
};

export type TransactionsWrites = {
  /** The row as it is from now on; its version is one more than expected. Conflict when the version is another. */
  put: { args: Omit<Transaction, 'version'>; expect: { readonly version: number } };
};

/** Any write of this store, told apart by `op`. */
export type TransactionsWrite = {
  readonly op: 'put';
  readonly args: TransactionsWrites['put']['args'];
  readonly expect: TransactionsWrites['put']['expect'];
};

/** Any read of this store, told apart by `op`. */
export type TransactionsRead = {
  [Op in keyof TransactionsReads]: {
    readonly op: Op;
    readonly args: TransactionsReads[Op]['args'];
  };
}[keyof TransactionsReads];

/** A typed read of this store. */
export function transactionsRead<Op extends keyof TransactionsReads>(
  op: Op,
  args: TransactionsReads[Op]['args'],
): Read {
  return { store: transactionsStoreName, op, args: args as Read['args'] };
}

/** A typed write of this store. */
export function transactionsWrite<Op extends keyof TransactionsWrites>(
  op: Op,
  args: TransactionsWrites[Op]['args'],
  expect: TransactionsWrites[Op]['expect'],
): Write {
  return { store: transactionsStoreName, op, args, expect: { version: expect.version } };
}

export function transactionChanged(address: string, version: number): Conflict {
  return new Conflict(
    'expectation-failed',
    `the transaction '${address}' is no longer as it was in version ${version}`,
  );
}

export function unknownOperation(op: string): Broken {
  return new Broken('broken', `the transactions have no operation '${op}'`);
}
