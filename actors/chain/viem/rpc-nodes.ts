/**
 * The nodes of one chain.
 *
 * - checked: a node that names another chain id counts as silent, however well the node answers
 *   otherwise. The id is asked for with every question, because a proxy may change its node.
 * - errors: a node's own error counts as silence, unless the question expects the error.
 */
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { type JsonRpc, JsonRpcError } from '../../../runtime/ports/json-rpc.ts';

export interface RpcNode {
  /** For histories and errors: the host. */
  readonly name: string;
  readonly rpc: JsonRpc;
}

export type Ask<T> = (rpc: JsonRpc) => Promise<T>;

export interface NodeAnswers<T> {
  /** At least one. */
  readonly answers: readonly [T, ...T[]];
  readonly silent: readonly string[];
}

export class RpcNodes {
  readonly #chain: number;
  readonly #nodes: readonly RpcNode[];

  constructor(chain: number, nodes: readonly RpcNode[]) {
    this.#chain = chain;
    this.#nodes = nodes;
  }

  /** Asks all nodes. Rejects with `Transient('not-reachable')` when none answers. */
  async all<T>(ask: Ask<T>): Promise<NodeAnswers<T>> {
    const results = await Promise.allSettled(this.#nodes.map((node) => this.#checked(node, ask)));
    const answers = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const silent = results.flatMap((one) =>
      one.status === 'rejected' ? [reasonOf(one.reason)] : [],
    );
    const [first, ...others] = answers;
    if (first === undefined)
      throw new Transient(
        'not-reachable',
        `no node of the chain ${this.#chain} answers: ${silent.join('; ')}`,
      );
    return { answers: [first, ...others], silent };
  }

  async #checked<T>({ name, rpc }: RpcNode, ask: Ask<T>): Promise<T> {
    try {
      const chain = Number(await rpc.request('eth_chainId', []));
      if (chain === this.#chain) return await ask(rpc);
      throw new Transient('not-reachable', `the node is one of the chain ${chain}`);
    } catch (error) {
      throw new Transient('not-reachable', `${name}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The result of a question that a contract may answer by reverting; undefined when the contract
 * does.
 */
export async function unlessReverted(answer: Promise<Json>): Promise<Json | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isRevert(error)) return undefined;
    throw error;
  }
}

function isRevert(error: unknown): boolean {
  return error instanceof JsonRpcError && (error.code === 3 || /revert/i.test(error.message));
}
