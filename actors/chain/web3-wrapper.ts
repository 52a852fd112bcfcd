/**
 * The port to a chain with a signing account. All values are JSON; amounts of wei and gas are
 * decimal texts.
 *
 * 1. The wrapper asks the chain and remembers nothing. So a call may run again after a crash.
 * 2. `sign` sends nothing, and gives the same bytes for the same order. `broadcast` sends given
 *    bytes and nothing else. So the bytes can be stored in between.
 * 3. Every answer is from a node that has named the right chain id.
 *
 * Every method rejects with `Transient('not-reachable')` while no node answers.
 */
import type { Token } from './token.ts';

export interface Web3Wrapper {
  /** The account that signs, in small letters. */
  account(): Promise<string>;
  /** Whether the burn would succeed in the next block: ownership, approval, gas and funds. */
  check(token: Token): Promise<BurnCheck>;
  sign(order: BurnOrder): Promise<SignedBurn>;
  broadcast(raw: string): Promise<Broadcast>;
  /** What the nodes report about the transactions of a nonce. */
  look(query: BurnQuery): Promise<BurnSights>;
  /** The fees that the market asks for now, within the limit of the config. */
  fees(): Promise<Fees>;
}

/** The wrappers by chain id; undefined for a chain that is not configured. */
export type Web3Wrappers = (chain: number) => Web3Wrapper | undefined;

/** Wei per unit of gas. */
export type Fees = {
  readonly maxFee: string;
  readonly tip: string;
};

export type BurnCheck =
  | {
      readonly kind: 'possible';
      readonly account: string;
      /** The next nonce of the account in the newest block. */
      readonly nonce: number;
      readonly gas: string;
      readonly fees: Fees;
      /** The number of the newest block. */
      readonly head: number;
    }
  | { readonly kind: 'impossible'; readonly reason: string };

export type BurnOrder = {
  readonly token: Token;
  readonly nonce: number;
  readonly gas: string;
  readonly fees: Fees;
};

export type SignedBurn = {
  readonly hash: string;
  /** The signed bytes, `0x…`. */
  readonly raw: string;
};

/**
 * `accepted`: a node has taken the bytes. `known`: a node has them already. `nonce-used`: the nonce
 * stands in a block, with these or with other bytes. `underpriced`: a node has other bytes of the
 * nonce, and these fees are too low to replace the other bytes. `rejected`: each other error.
 */
export type Broadcast = {
  readonly kind: 'accepted' | 'known' | 'nonce-used' | 'underpriced' | 'rejected';
  readonly note: string | null;
};

export type BurnQuery = {
  readonly token: Token;
  readonly account: string;
  readonly nonce: number;
  /** The hashes of all bytes that were signed for the nonce. */
  readonly hashes: readonly string[];
  /** A block in which the nonce was not yet used. */
  readonly since: number;
};

/** The transaction of ours that stands in a block. */
export type Mined = {
  readonly hash: string;
  readonly block: number;
  readonly blockHash: string;
  /** `unburned`: the transaction has succeeded, and its logs show no burn of this token. */
  readonly outcome: 'burned' | 'reverted' | 'unburned';
};

/** What one node reports. */
export type BurnSight = {
  readonly head: number;
  /** The newest block that the policy of the config takes as final; -1 for none. */
  readonly final: number;
  /** The next nonce of the account in the newest block, and in the final one. */
  readonly nonce: number;
  readonly finalNonce: number;
  readonly mined: Mined | null;
  /**
   * The hash of the transaction in a final block that has used the nonce, when the transaction is
   * none of ours. A transaction that makes the call of the burn is ours, whether its hash is known
   * or not.
   */
  readonly foreign: string | null;
  /** Whether the node has one of the transactions, in a block or waiting for a block. */
  readonly isKnown: boolean;
};

/** A sight for each node that answers, and the reasons of the other nodes. At least one sight. */
export type BurnSights = {
  readonly sights: readonly BurnSight[];
  readonly silent: readonly string[];
};
