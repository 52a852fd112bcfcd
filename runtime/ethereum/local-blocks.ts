/**
 * The blocks of a chain in this process, and the state after each of them.
 *
 * - old states are kept: the state of any block can be read, and the chain can go back to any block.
 * - deterministic: the same transactions give the same blocks, except that `salt` tells the blocks of
 *   one reorganisation from those of another.
 */
import { createHash } from 'node:crypto';
import {
  type Block,
  type Ethereumjs,
  type Machine,
  stateOf,
  type Transaction,
} from './ethereumjs.ts';

export interface Receipt {
  readonly transaction: Transaction;
  readonly hash: string;
  readonly from: string;
  readonly blockNumber: number;
  readonly index: number;
  readonly hasSucceeded: boolean;
  readonly gasUsed: bigint;
  /** The address of a contract that the transaction has made. */
  readonly created: string | null;
  readonly logs: readonly Log[];
}

export interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

export interface LocalBlock {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: number;
  readonly baseFeePerGas: bigint;
  readonly stateRoot: Uint8Array;
  readonly receipts: readonly Receipt[];
}

const gasLimit = 30_000_000n;
const firstSecond = 1_700_000_000;
const secondsPerBlock = 12;
const zeroHash = `0x${'00'.repeat(32)}`;

export class LocalBlocks {
  readonly #js: Ethereumjs;
  readonly #machine: Machine;
  readonly #blocks: LocalBlock[] = [];
  #salt = 0;

  private constructor(js: Ethereumjs, machine: Machine) {
    this.#js = js;
    this.#machine = machine;
  }

  static async create(js: Ethereumjs): Promise<LocalBlocks> {
    const blocks = new LocalBlocks(js, await js.machine());
    await blocks.append([], 0n);
    return blocks;
  }

  get head(): LocalBlock {
    return this.at(this.#blocks.length - 1) as LocalBlock;
  }

  at(number: number): LocalBlock | undefined {
    return this.#blocks[number];
  }

  receipt(hash: string): Receipt | undefined {
    const receipts = this.#blocks.flatMap((block) => block.receipts);
    return receipts.find((receipt) => receipt.hash === hash);
  }

  /** Adds a block with those transactions that can stand in the block. */
  async append(transactions: readonly Transaction[], baseFeePerGas: bigint): Promise<LocalBlock> {
    const number = this.#blocks.length;
    const block = this.#unsealed(number, baseFeePerGas);
    const receipts: Receipt[] = [];
    for (const transaction of transactions) {
      const receipt = await this.#run(transaction, block, receipts.length);
      if (receipt !== undefined) receipts.push(receipt);
    }
    const stateRoot = await stateOf(this.#machine).getStateRoot();
    const sealed: LocalBlock = {
      number,
      hash: hashOf([String(this.#salt), hex(block.hash()), hex(stateRoot)]),
      parentHash: this.#blocks.at(-1)?.hash ?? zeroHash,
      timestamp: Number(block.header.timestamp),
      baseFeePerGas,
      stateRoot,
      receipts,
    };
    this.#blocks.push(sealed);
    return sealed;
  }

  /** Takes the newest blocks away. The blocks that follow have other hashes than the taken ones. */
  async goBack(depth: number): Promise<readonly LocalBlock[]> {
    const taken = this.#blocks.splice(Math.max(1, this.#blocks.length - depth));
    this.#salt += 1;
    await stateOf(this.#machine).setStateRoot(this.head.stateRoot);
    return taken;
  }

  /** A copy of the machine with the state after a block. */
  async machineAt({ stateRoot }: LocalBlock): Promise<Machine> {
    const copy = await this.#machine.shallowCopy();
    await stateOf(copy).setStateRoot(stateRoot);
    return copy;
  }

  /** Gives an account its balance in the newest state. */
  async setBalance(address: string, balance: bigint): Promise<void> {
    const state = stateOf(this.#machine);
    const at = this.#js.address(address);
    const account = (await state.getAccount(at)) ?? this.#js.emptyAccount();
    account.balance = balance;
    await state.putAccount(at, account);
    const stateRoot = await state.getStateRoot();
    this.#blocks.push({ ...(this.#blocks.pop() as LocalBlock), stateRoot });
  }

  #unsealed(number: number, baseFeePerGas: bigint): Block {
    const timestamp = firstSecond + number * secondsPerBlock;
    return this.#js.block({ number, gasLimit, baseFeePerGas, timestamp });
  }

  async #run(transaction: Transaction, block: Block, index: number): Promise<Receipt | undefined> {
    const ran = await this.#js
      .run(this.#machine, block, transaction)
      // The transaction cannot stand in this block: another nonce is next, or the funds do not suffice.
      .catch(() => undefined);
    if (ran === undefined) return undefined;
    return {
      transaction,
      hash: hex(transaction.hash()),
      from: transaction.getSenderAddress().toString(),
      blockNumber: Number(block.header.number),
      index,
      hasSucceeded: ran.execResult.exceptionError === undefined,
      gasUsed: ran.totalGasSpent,
      created: ran.createdAddress?.toString() ?? null,
      logs: (ran.execResult.logs ?? []).map(([address, topics, data]) => ({
        address: hex(address),
        topics: topics.map(hex),
        data: hex(data),
      })),
    };
  }
}

export function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

function hashOf(parts: readonly string[]): string {
  return `0x${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
