/** A node by its URL: `http://`, `https://`, or `memory://` for a chain in this process. */
import type { JsonRpc } from '../ports/json-rpc.ts';
import { HttpJsonRpc } from './http-json-rpc.ts';
import { LocalChain } from './local-chain.ts';

/** Each call with `memory://` makes another chain. */
export function openJsonRpc(url: string, chainId: number): JsonRpc {
  return url.startsWith('memory:') ? new LocalChain({ chainId }) : new HttpJsonRpc(url);
}
