/** Takes signed transactions for the chain in this process, with the refusals of go-ethereum. */
import { JsonRpcError } from '../ports/json-rpc.ts';
import type { Ethereumjs, Transaction } from './ethereumjs.ts';
import { hex, type LocalBlock, type LocalBlocks } from './local-blocks.ts';
import type { LocalCalls } from './local-calls.ts';
import { Mempool, type PooledTransaction } from './mempool.ts';

interface Pooled extends PooledTransaction {
  readonly transaction: Transaction;
  readonly cost: bigint;
}

export class LocalPool {
  readonly #js: Ethereumjs;
  readonly #calls: LocalCalls;
  readonly #pool = new Mempool<Pooled>();

  constructor(js: Ethereumjs, calls: LocalCalls) {
    this.#js = js;
    this.#calls = calls;
  }

  get(hash: string): Pooled | undefined {
    return this.#pool.get(hash);
  }

  drop(hash: string): boolean {
    return this.#pool.drop(hash);
  }

  /** Resolves to the hash. Rejects with `JsonRpcError`. */
  async add(raw: string, blocks: LocalBlocks): Promise<string> {
    const pooled = this.#read(raw);
    if (blocks.receipt(pooled.hash) !== undefined) throw new JsonRpcError(-32_000, 'already known');
    const { nonce, balance } = await this.#calls.account(pooled.from, blocks.head);
    if (pooled.nonce < nonce)
      throw new JsonRpcError(
        -32_000,
        `nonce too low: next nonce ${nonce}, tx nonce ${pooled.nonce}`,
      );
    if (pooled.cost > balance)
      throw new JsonRpcError(
        -32_000,
        `insufficient funds for gas * price + value: balance ${balance}, tx cost ${pooled.cost}`,
      );
    this.#pool.add(pooled);
    return pooled.hash;
  }

  /**
   * Transactions whose fees reach the base fee of a block, in an order in which a block can take
   * them.
   */
  affordable(baseFee: bigint): readonly Transaction[] {
    return this.#pool
      .all()
      .filter(({ maxFeePerGas }) => maxFeePerGas >= baseFee)
      .map(({ transaction }) => transaction);
  }

  /** Drops the transactions whose nonces are used. */
  async dropOutdated(head: LocalBlock): Promise<void> {
    for (const from of new Set(this.#pool.all().map((pooled) => pooled.from)))
      this.#pool.dropBelow(from, (await this.#calls.account(from, head)).nonce);
  }

  #read(raw: string): Pooled {
    const transaction = this.#decoded(raw);
    const { gasLimit, value, nonce } = transaction;
    const { gasPrice = 0n } = transaction;
    const { maxFeePerGas = gasPrice, maxPriorityFeePerGas: tipPerGas = gasPrice } = transaction;
    return {
      transaction,
      hash: hex(transaction.hash()),
      from: transaction.getSenderAddress().toString(),
      nonce,
      maxFeePerGas,
      tipPerGas,
      cost: gasLimit * maxFeePerGas + value,
    };
  }

  #decoded(raw: string): Transaction {
    try {
      const bytes = Buffer.from(raw.slice(2), 'hex');
      return this.#js.transaction(bytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new JsonRpcError(-32_602, `the bytes are no transaction of this chain: ${why}`);
    }
  }
}
