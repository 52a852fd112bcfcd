/**
 * A chain and an account on viem: viem encodes, decodes and signs; the nodes are asked directly.
 */
import type { JsonRpc } from '../../../runtime/ports/json-rpc.ts';
import type { Token } from '../token.ts';
import type {
  Broadcast,
  BurnCheck,
  BurnOrder,
  BurnQuery,
  BurnSights,
  Fees,
  SignedBurn,
  Web3Wrapper,
} from '../web3-wrapper.ts';
import { bestBroadcast, refusedBroadcast } from './burn-broadcast.ts';
import { burnData } from './burn-calls.ts';
import { checkBurn, marketFees } from './burn-check.ts';
import { type Finality, seeBurn } from './burn-sight.ts';
import { type RpcNode, RpcNodes } from './rpc-nodes.ts';
import { type Hex, loadViem } from './viem-package.ts';

export interface ViemWeb3Options {
  readonly chain: number;
  readonly nodes: readonly RpcNode[];
  readonly finality: Finality;
  /** Wei per unit of gas; null for no limit. */
  readonly maxFeeLimit: bigint | null;
  /** The private key, as `0x` and 64 hexadecimal digits. Called for each signature; not kept. */
  readonly key: () => Promise<Hex>;
}

export class ViemWeb3Wrapper implements Web3Wrapper {
  readonly #options: ViemWeb3Options;
  readonly #nodes: RpcNodes;

  constructor(options: ViemWeb3Options) {
    this.#options = options;
    this.#nodes = new RpcNodes(options.chain, options.nodes);
  }

  async account(): Promise<string> {
    return (await this.#signer()).address.toLowerCase();
  }

  /**
   * The node with the newest block counts: a lagging node knows neither a new token nor a burned
   * token.
   */
  async check(token: Token): Promise<BurnCheck> {
    const [viem, account] = await Promise.all([loadViem(), this.account()]);
    const fees = this.#fees;
    const { answers } = await this.#nodes.all((rpc) =>
      checkBurn({ viem, rpc, account, fees }, token),
    );
    return answers.reduce((best, other) => (other.head > best.head ? other : best)).check;
  }

  async sign({ token, nonce, gas, fees }: BurnOrder): Promise<SignedBurn> {
    const [viem, signer] = await Promise.all([loadViem(), this.#signer()]);
    const raw = await signer.signTransaction({
      type: 'eip1559',
      chainId: this.#options.chain,
      nonce,
      to: token.contract as Hex,
      data: burnData(viem, token),
      gas: BigInt(gas),
      maxFeePerGas: BigInt(fees.maxFee),
      maxPriorityFeePerGas: BigInt(fees.tip),
    });
    return { hash: viem.keccak256(raw), raw };
  }

  async broadcast(raw: string): Promise<Broadcast> {
    const { answers } = await this.#nodes.all((rpc) =>
      rpc
        .request('eth_sendRawTransaction', [raw])
        .then((): Broadcast => ({ kind: 'accepted', note: null }))
        .catch(refusedBroadcast),
    );
    return bestBroadcast(answers);
  }

  async look(query: BurnQuery): Promise<BurnSights> {
    const viem = await loadViem();
    const { finality } = this.#options;
    const { answers, silent } = await this.#nodes.all((rpc) =>
      seeBurn({ viem, rpc, finality }, query),
    );
    return { sights: answers, silent };
  }

  async fees(): Promise<Fees> {
    const { answers } = await this.#nodes.all(this.#fees);
    return answers.reduce((best, other) =>
      BigInt(other.maxFee) > BigInt(best.maxFee) ? other : best,
    );
  }

  readonly #fees = (rpc: JsonRpc): Promise<Fees> => marketFees(rpc, this.#options.maxFeeLimit);

  async #signer() {
    const viem = await loadViem();
    return viem.privateKeyToAccount(await this.#options.key());
  }
}
