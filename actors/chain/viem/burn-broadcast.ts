/** What a node's answer to signed bytes means. Pure. */
import { JsonRpcError } from '../../../runtime/ports/json-rpc.ts';
import type { Broadcast } from '../web3-wrapper.ts';

/** The texts of go-ethereum, Erigon, Nethermind, Besu, Reth and anvil. */
const meanings: readonly (readonly [RegExp, Broadcast['kind']])[] = [
  [/already known|already imported|known transaction|alreadyknown/i, 'known'],
  [/nonce.{0,12}too low|oldnonce|nonce is too low/i, 'nonce-used'],
  [/underpriced|feetoolow|fee too low to compete|replacement/i, 'underpriced'],
];

/** A text that is no `JsonRpcError` is no answer of a node, and is thrown again. */
export function refusedBroadcast(error: unknown): Broadcast {
  if (!(error instanceof JsonRpcError)) throw error;
  const [, kind = 'rejected'] = meanings.find(([text]) => text.test(error.message)) ?? [];
  return { kind, note: error.message };
}

const order: readonly Broadcast['kind'][] = [
  'accepted',
  'known',
  'nonce-used',
  'underpriced',
  'rejected',
];

/** Of the answers of several nodes, the answer of the node that has got furthest with the bytes. */
export function bestBroadcast([first, ...others]: readonly [Broadcast, ...Broadcast[]]): Broadcast {
  const rank = ({ kind }: Broadcast) => order.indexOf(kind);
  return others.reduce((best, other) => (rank(other) < rank(best) ? other : best), first);
}
