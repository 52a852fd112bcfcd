/**
 * An Ethereum chain in this process, behind the JSON-RPC of a node, for tests and for the demo.
 *
 * - deterministic: no clock and no chance; the same requests give the same blocks.
 * - controls: `evm_mine`, `evm_setAutomine`, `anvil_reorg`, `anvil_dropTransaction`, `anvil_setBalance`
 *   and `anvil_setNextBlockBaseFeePerGas` mean what they mean at anvil. So a test runs on both.
 * - one-after-another: the state has one user at a time; requests wait for each other.
 *
 * Boundary: only the methods that a burn and its tests need. Any other method is -32601.
 */
import type { Json } from '../ports/json.ts';
import { type JsonRpc, JsonRpcError } from '../ports/json-rpc.ts';
import { loadEthereumjs } from './ethereumjs.ts';
import { LocalBlocks } from './local-blocks.ts';
import { LocalCalls } from './local-calls.ts';
import { blockOf, receiptOf, transactionOf } from './local-forms.ts';
import { LocalPool } from './local-pool.ts';
import { quantity } from './quantity.ts';

export interface LocalChainOptions {
  readonly chainId: number;
  /** Whether each transaction gets a block at once. Default true. */
  readonly automine?: boolean;
}

type Method = (params: readonly Json[]) => Promise<Json> | Json;

const gwei = 1_000_000_000n;
/** As anvil with an epoch of one slot. */
const blocksToFinal = 2;

export class LocalChain implements JsonRpc {
  readonly #chainId: number;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #opened: Promise<{
    readonly blocks: LocalBlocks;
    readonly pool: LocalPool;
    readonly calls: LocalCalls;
  }>;
  #automine: boolean;
  #baseFee = gwei;
  #busy: Promise<unknown> = Promise.resolve();

  /** Rejects at the first request when the packages of ethereumjs are not installed. */
  constructor({ chainId, automine = true }: LocalChainOptions) {
    this.#chainId = chainId;
    this.#automine = automine;
    this.#opened = this.#open();
    this.#opened.catch(() => undefined);
    this.#methods = {
      ...this.#reads(),
      ...this.#stateReads(),
      ...this.#sending(),
      ...this.#controls(),
    };
  }

  async request(method: string, params: readonly Json[]): Promise<Json> {
    const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (run === undefined) throw new JsonRpcError(-32_601, `the method ${method} is not supported`);
    const result = this.#busy.then(() => run(params));
    this.#busy = result.catch(() => undefined);
    return result;
  }

  async #open() {
    const js = await loadEthereumjs(this.#chainId);
    const blocks = await LocalBlocks.create(js);
    const calls = new LocalCalls(js, blocks);
    return { blocks, calls, pool: new LocalPool(js, calls) };
  }

  #reads(): Readonly<Record<string, Method>> {
    return {
      eth_chainId: () => quantity(this.#chainId),
      eth_blockNumber: async () => quantity((await this.#opened).blocks.head.number),
      eth_gasPrice: () => quantity(this.#baseFee + gwei),
      eth_maxPriorityFeePerGas: () => quantity(gwei),
      eth_getBlockByNumber: async ([tag, isFull]) => {
        const block = await this.#block(tag);
        return block === undefined ? null : blockOf(block, isFull === true);
      },
      eth_getTransactionReceipt: async ([hash]) => {
        const { blocks } = await this.#opened;
        const receipt = blocks.receipt(String(hash));
        return receipt === undefined ? null : receiptOf(receipt, blocks);
      },
      eth_getTransactionByHash: async ([hash]) => {
        const { blocks, pool } = await this.#opened;
        const receipt = blocks.receipt(String(hash));
        if (receipt !== undefined) return transactionOf(receipt, receipt.blockNumber);
        const pooled = pool.get(String(hash));
        return pooled === undefined ? null : transactionOf(pooled, null);
      },
    };
  }

  #stateReads(): Readonly<Record<string, Method>> {
    return {
      eth_getTransactionCount: async ([address, tag]) =>
        quantity((await this.#account(address, tag)).nonce),
      eth_getBalance: async ([address, tag]) =>
        quantity((await this.#account(address, tag)).balance),
      eth_getCode: async ([address, tag]) =>
        (await this.#opened).calls.code(String(address), await this.#state(tag)),
      eth_call: async ([call, tag]) => {
        const { calls } = await this.#opened;
        return (await calls.call(call, await this.#state(tag))).returned;
      },
      eth_estimateGas: async ([call]) => {
        const { calls, blocks } = await this.#opened;
        return quantity((await calls.call(call, blocks.head)).gas);
      },
    };
  }

  #sending(): Readonly<Record<string, Method>> {
    return {
      eth_sendRawTransaction: async ([raw]) => {
        const { pool, blocks } = await this.#opened;
        const hash = await pool.add(String(raw), blocks);
        if (this.#automine) await this.#mine();
        return hash;
      },
    };
  }

  #controls(): Readonly<Record<string, Method>> {
    return {
      evm_mine: () => this.#mine(),
      evm_setAutomine: ([isOn]) => {
        this.#automine = isOn === true;
        return null;
      },
      anvil_dropTransaction: async ([hash]) =>
        (await this.#opened).pool.drop(String(hash)) ? String(hash) : null,
      anvil_setBalance: async ([address, balance]) => {
        await (await this.#opened).blocks.setBalance(String(address), BigInt(String(balance)));
        return null;
      },
      anvil_setNextBlockBaseFeePerGas: ([fee]) => {
        this.#baseFee = BigInt(String(fee));
        return null;
      },
      /** The transactions of the taken blocks are lost, as at anvil. */
      anvil_reorg: async ([depth]) => {
        const { blocks } = await this.#opened;
        const taken = await blocks.goBack(Number(depth));
        for (const _ of taken) await blocks.append([], this.#baseFee);
        return null;
      },
    };
  }

  async #mine(): Promise<string> {
    const { blocks, pool } = await this.#opened;
    const affordable = pool.affordable(this.#baseFee);
    const { receipts } = await blocks.append(affordable, this.#baseFee);
    for (const { hash } of receipts) pool.drop(hash);
    await pool.dropOutdated(blocks.head);
    return '0x0';
  }

  async #account(address: Json | undefined, tag: Json | undefined) {
    return (await this.#opened).calls.account(String(address), await this.#state(tag));
  }

  async #block(tag: Json = 'latest') {
    const { blocks } = await this.#opened;
    const { number } = blocks.head;
    if (tag === 'earliest') return blocks.at(0);
    if (tag === 'finalized' || tag === 'safe')
      return blocks.at(Math.max(0, number - blocksToFinal));
    if (tag === 'latest' || tag === 'pending') return blocks.head;
    return blocks.at(Number(tag));
  }

  async #state(tag: Json | undefined) {
    const block = await this.#block(tag);
    if (block === undefined) throw new JsonRpcError(-32_000, 'header not found');
    return block;
  }
}
