/** Reads the state after a block of the chain in this process: accounts, codes and calls. */
import { isJsonObject } from '../../config/json.ts';
import type { Json } from '../ports/json.ts';
import { JsonRpcError } from '../ports/json-rpc.ts';
import { type Ethereumjs, stateOf } from './ethereumjs.ts';
import { hex, type LocalBlock, type LocalBlocks } from './local-blocks.ts';

const gasLimit = 30_000_000n;
const intrinsicGas = 21_000n;

export class LocalCalls {
  readonly #js: Ethereumjs;
  readonly #blocks: LocalBlocks;

  constructor(js: Ethereumjs, blocks: LocalBlocks) {
    this.#js = js;
    this.#blocks = blocks;
  }

  async account(
    address: string,
    block: LocalBlock,
  ): Promise<{ readonly nonce: bigint; readonly balance: bigint }> {
    const state = stateOf(await this.#blocks.machineAt(block));
    const account = await state.getAccount(this.#js.address(address));
    return { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n };
  }

  async code(address: string, block: LocalBlock): Promise<string> {
    const state = stateOf(await this.#blocks.machineAt(block));
    return hex(await state.getCode(this.#js.address(address)));
  }

  /**
   * What a call returns, and a gas limit with which the call succeeds as a transaction. A call that
   * reverts is the error 3, as at go-ethereum.
   */
  async call(
    call: Json | undefined,
    block: LocalBlock,
  ): Promise<{ readonly returned: string; readonly gas: bigint }> {
    const { from, to, data = '0x' } = isJsonObject(call) ? call : {};
    const address = (text: Json | undefined) =>
      text === undefined ? undefined : this.#js.address(String(text));
    const [caller, target] = [address(from), address(to)];
    const bytes = Buffer.from(String(data).slice(2), 'hex');
    const { evm } = await this.#blocks.machineAt(block);
    const { execResult } = await evm.runCall({
      data: bytes,
      gasLimit,
      ...(caller === undefined ? {} : { caller, origin: caller }),
      ...(target === undefined ? {} : { to: target }),
    });
    const returned = hex(execResult.returnValue);
    if (execResult.exceptionError !== undefined)
      throw new JsonRpcError(3, 'execution reverted', returned);
    const needed = intrinsicGas + BigInt(bytes.length) * 16n + execResult.executionGasUsed;
    // A refund and the share of gas that a call passes on need a reserve.
    return { returned, gas: (needed * 5n) / 4n };
  }
}
