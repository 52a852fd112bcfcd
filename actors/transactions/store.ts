/**
 * The port to the table of the transactions service: one row for each address.
 *
 * 1. A row's `version` rises with every change. `put` expects the version of the read, 0 for no
 *    row.
 * 2. Which state may follow which is a rule of the actor (`transition-rules.ts`), not of the store.
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { Broken, Conflict } from '../../runtime/ports/errors.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';

export const transactionsStoreName = 'transactions';

export type TransactionState = 'PENDING' | 'DELETE' | 'CONFIRMED' | 'FAILED';

export type Transaction = {
  readonly address: string;
  readonly state: TransactionState;
  /** The id of the transaction's card. */
  readonly card: string | null;
  /** Why the transaction has failed. */
  readonly reason?: string;
  readonly version: number;
  /** Time of the last change, milliseconds since the epoch. */
  readonly atMs: number;
};

/** A transaction must fit every given member; an empty filter gives all transactions. */
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
  /** The new row; its version is the expected version plus 1. Conflict for another version. */
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
  return { store: transactionsStoreName, op, args: args };
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

/**
 * The write with the types of this store. The journal hands a write back exactly as
 * `transactionsWrite` made it.
 */
export function transactionsWriteOf({ op, args, expect = null }: Write): TransactionsWrite {
  return { op, args, expect } as TransactionsWrite;
}

export function unknownOperation({ op }: { readonly op: string }): Broken {
  return new Broken('broken', `the transactions have no operation '${op}'`);
}
