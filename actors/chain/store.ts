/**
 * The port to the tables of the chains service: burns, the nonces of accounts, and signed bytes.
 *
 * 1. Each nonce of an account on a chain is given once. The commit that gives a nonce gives the
 *    next free number, and never a number below `floor`. Commits of several processes wait for each
 *    other.
 * 2. Signed bytes are stored before they are sent. So a burn goes on with the bytes that a node may
 *    have, whenever the process dies.
 * 3. The end of a burn is written once. A repeated request is answered from the row.
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { Broken, Conflict } from '../../runtime/ports/errors.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';
import type { Token } from './token.ts';

export const chainStoreName = 'chain';

export type Burn = {
  readonly id: string;
  readonly token: Token;
  readonly state: 'open' | 'burned' | 'failed';
  /** The transaction that has burned the token, and its block. */
  readonly hash: string | null;
  readonly block: number | null;
  /** Why the burn has failed. */
  readonly reason: string | null;
  /** Time of the last change, milliseconds since the epoch. */
  readonly atMs: number;
};

export type Reservation = {
  readonly burn: string;
  readonly chain: number;
  /** The account that signs. */
  readonly account: string;
  readonly nonce: number;
};

export type SignedBytes = Reservation & {
  readonly hash: string;
  /** `0x…`. */
  readonly raw: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
};

export type ChainReads = {
  burn: { args: { readonly id: string }; result: Burn | null };
  /** The newest nonce of the burn. */
  reservation: { args: { readonly burn: string }; result: Reservation | null };
  /** All bytes that were signed for the burn, by nonce, the oldest first. */
  signed: { args: { readonly burn: string }; result: readonly SignedBytes[] };
};

export type ChainWrites = {
  /** Adds the burn in state `open`. A known burn stays as it is. */
  open: { args: Pick<Burn, 'id' | 'token' | 'atMs'> };
  /** Gives the burn the account's next nonce, which is at least `floor`. */
  reserve: {
    args: {
      readonly burn: string;
      readonly chain: number;
      readonly account: string;
      readonly floor: number;
    };
  };
  /** Known bytes stay as they are. Conflict when the nonce is not one of the burn. */
  keep: { args: SignedBytes };
  /** Conflict when the burn is not open. */
  end: {
    args: Pick<Burn, 'id' | 'hash' | 'block' | 'reason' | 'atMs'> & {
      readonly state: 'burned' | 'failed';
    };
  };
};

/** Any write of this store, told apart by `op`. */
export type ChainWrite = {
  [Op in keyof ChainWrites]: { readonly op: Op; readonly args: ChainWrites[Op]['args'] };
}[keyof ChainWrites];

/** Any read of this store, told apart by `op`. */
export type ChainRead = {
  [Op in keyof ChainReads]: { readonly op: Op; readonly args: ChainReads[Op]['args'] };
}[keyof ChainReads];

/** A typed read of this store. */
export function chainRead<Op extends keyof ChainReads>(op: Op, args: ChainReads[Op]['args']): Read {
  return { store: chainStoreName, op, args };
}

/** A typed write of this store. */
export function chainWrite<Op extends keyof ChainWrites>(
  op: Op,
  args: ChainWrites[Op]['args'],
): Write {
  return { store: chainStoreName, op, args };
}

/**
 * The write with the types of this store. The journal hands a write back exactly as `chainWrite`
 * made it.
 */
export function chainWriteOf({ op, args }: Write): ChainWrite {
  return { op, args } as ChainWrite;
}

export function burnNotOpen(id: string): Conflict {
  return new Conflict('expectation-failed', `the burn '${id}' is not open`);
}

export function nonceOfAnother({ burn, nonce }: Reservation): Conflict {
  return new Conflict('expectation-failed', `the nonce ${nonce} is not one of the burn '${burn}'`);
}

export function unknownOperation({ op }: { readonly op: string }): Broken {
  return new Broken('broken', `the chain's tables have no operation '${op}'`);
}
