/** The port to a node of a chain that answers Ethereum's JSON-RPC. */
import type { Json } from './json.ts';

export interface JsonRpc {
  /**
   * Resolves to the `result`. Rejects with `JsonRpcError` when the node answers with an error, and with
   * `Transient('not-reachable')` when the node gives no answer.
   */
  request(method: string, params: readonly Json[], signal?: AbortSignal): Promise<Json>;
}

/** The node's own error. */
export class JsonRpcError extends Error {
  readonly code: number;
  /** For a reverted call the bytes that the contract has returned, as `0x…`. */
  readonly data: Json | undefined;

  constructor(code: number, message: string, data?: Json) {
    super(message);
    this.name = 'JsonRpcError';
    this.code = code;
    this.data = data;
  }
}
