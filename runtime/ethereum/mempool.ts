/**
 * Transactions that wait for a block. Pure.
 *
 * - one-a-nonce: of one account and nonce the pool keeps one transaction. Another one takes its place
 *   when its fees are at least a tenth higher.
 */
import { JsonRpcError } from '../ports/json-rpc.ts';

export interface PooledTransaction {
  readonly hash: string;
  readonly from: string;
  readonly nonce: bigint;
  readonly maxFeePerGas: bigint;
  readonly tipPerGas: bigint;
}

export class Mempool<T extends PooledTransaction> {
  readonly #byHash = new Map<string, T>();

  get(hash: string): T | undefined {
    return this.#byHash.get(hash);
  }

  /** @throws JsonRpcError with the text of go-ethereum. */
  add(transaction: T): void {
    if (this.#byHash.has(transaction.hash)) throw new JsonRpcError(-32_000, 'already known');
    const earlier = [...this.#byHash.values()].find(
      ({ from, nonce }) => from === transaction.from && nonce === transaction.nonce,
    );
    if (earlier !== undefined) {
      if (!outbids(transaction, earlier))
        throw new JsonRpcError(-32_000, 'replacement transaction underpriced');
      this.#byHash.delete(earlier.hash);
    }
    this.#byHash.set(transaction.hash, transaction);
  }

  drop(hash: string): boolean {
    return this.#byHash.delete(hash);
  }

  /** Drops the transactions that can no longer stand in a block. */
  dropBelow(from: string, nonce: bigint): void {
    for (const pooled of this.#byHash.values())
      if (pooled.from === from && pooled.nonce < nonce) this.#byHash.delete(pooled.hash);
  }

  /** By nonce, so that a block can take them in this order. */
  all(): readonly T[] {
    return [...this.#byHash.values()].toSorted((a, b) => Number(a.nonce - b.nonce));
  }
}

function outbids(one: PooledTransaction, other: PooledTransaction): boolean {
  const raised = (value: bigint) => (value * 11n) / 10n;
  return one.maxFeePerGas >= raised(other.maxFeePerGas) && one.tipPerGas >= raised(other.tipPerGas);
}
