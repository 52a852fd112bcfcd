/**
 * What became of the transactions of a nonce, from the sights of the nodes. Pure.
 *
 * 1. Only the end that every node sees is an end: `burned`, `reverted`, `unburned` and `foreign`
 *    need a final block on each node that answers.
 * 2. The sight of a node far behind the newest block does not count.
 * 3. A nonce that is used in a young block, or by a transaction that no node shows, is no end.
 */
import type { BurnSight, Fees, Mined } from './web3-wrapper.ts';

export type BurnVerdict =
  /** Final. */
  | { readonly kind: 'burned' | 'reverted' | 'unburned'; readonly mined: Mined }
  /** Another transaction with the nonce is final. The bytes of the burn can never stand in a block. */
  | { readonly kind: 'foreign'; readonly hash: string }
  /** In a block that a reorganisation may still take back. */
  | { readonly kind: 'mined'; readonly mined: Mined; readonly confirmations: number }
  /** The nonce is used in a young block, not by the burn as far as the nodes know. */
  | { readonly kind: 'taken' }
  /** A node has the bytes. */
  | { readonly kind: 'waiting' }
  /** No node has the bytes. */
  | { readonly kind: 'dropped' };

/** More blocks behind the newest block of all nodes, and a node counts as silent. */
const lagMax = 32;

export function judgeSights(sights: readonly BurnSight[], nonce: number): BurnVerdict {
  const newest = Math.max(...sights.map(({ head }) => head));
  const present = sights.filter(({ head }) => newest - head <= lagMax);
  const verdicts = present.map((sight) => judgeSight(sight, nonce));
  return agreed(verdicts) ?? weakest(verdicts);
}

function judgeSight(
  { head, final, nonce: next, mined, foreign, isKnown }: BurnSight,
  nonce: number,
): BurnVerdict {
  if (mined !== null) {
    return mined.block <= final
      ? { kind: mined.outcome, mined }
      : { kind: 'mined', mined, confirmations: Math.max(1, head - mined.block + 1) };
  }
  if (foreign !== null) return { kind: 'foreign', hash: foreign };
  if (next > nonce) return { kind: 'taken' };
  return { kind: isKnown ? 'waiting' : 'dropped' };
}

function isEnd({ kind }: BurnVerdict): boolean {
  return kind === 'burned' || kind === 'reverted' || kind === 'unburned' || kind === 'foreign';
}

function agreed(verdicts: readonly BurnVerdict[]): BurnVerdict | undefined {
  const [first] = verdicts;
  if (first === undefined || !isEnd(first)) return undefined;
  return verdicts.every((other) => keyOf(other) === keyOf(first)) ? first : undefined;
}

function keyOf(verdict: BurnVerdict): string {
  switch (verdict.kind) {
    case 'foreign':
      return JSON.stringify([verdict.kind, verdict.hash]);
    case 'burned':
    case 'reverted':
    case 'unburned':
      return JSON.stringify([verdict.kind, verdict.mined.hash, verdict.mined.blockHash]);
    default:
      return verdict.kind;
  }
}

/** Where the nodes differ, the burn waits. */
function weakest(verdicts: readonly BurnVerdict[]): BurnVerdict {
  const mined = verdicts.flatMap((verdict) => {
    if (verdict.kind === 'mined') return [verdict];
    return 'mined' in verdict
      ? [{ kind: 'mined' as const, mined: verdict.mined, confirmations: 1 }]
      : [];
  });
  const [first] = mined.toSorted((a, b) => a.confirmations - b.confirmations);
  if (first !== undefined) return first;
  if (verdicts.some(({ kind }) => kind === 'taken' || kind === 'foreign')) return { kind: 'taken' };
  return { kind: verdicts.some(({ kind }) => kind === 'waiting') ? 'waiting' : 'dropped' };
}

/**
 * The fees with which bytes take the place of the bytes before: at least an eighth more, and at least
 * the market. undefined: the limit does not allow so much.
 */
export function raisedFees(
  before: Fees,
  market: Fees,
  maxFeeLimit: bigint | null,
): Fees | undefined {
  const maxFee = larger(raised(before.maxFee), BigInt(market.maxFee));
  const tip = larger(raised(before.tip), BigInt(market.tip));
  if (maxFeeLimit !== null && maxFee > maxFeeLimit) return undefined;
  return { maxFee: String(maxFee), tip: String(smaller(tip, maxFee)) };
}

function raised(wei: string): bigint {
  return (BigInt(wei) * 9n) / 8n + 1n;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
