/**
 * Asks a node about the transactions of a nonce.
 *
 * - head-first: the newest block is asked for before the receipts. So a receipt is never older than
 *   the block that is taken as final.
 * - on-chain: a receipt counts while its block stands on the node's chain.
 * - found: a foreign transaction is only reported when the node has shown the transaction. A used
 *   nonce without a receipt of ours may come from a node whose receipts are late.
 * - own-call: a transaction with the nonce that makes the very call of the burn is the burn, also when
 *   its hash is not among the hashes: a restored database has forgotten bytes with a higher fee.
 */
import { isJsonObject } from '../../../config/json.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { JsonRpc } from '../../../runtime/ports/json-rpc.ts';
import type { BurnQuery, BurnSight, Mined } from '../web3-wrapper.ts';
import { burnData, isSame, showsBurn, type TokenLog } from './burn-calls.ts';
import type { Viem } from './viem-package.ts';

/** So many blocks to be final, the transaction's own block included, or the node's own `finalized`. */
export type Finality = number | 'finalized';

export type SightPorts = {
  readonly viem: Viem;
  readonly rpc: JsonRpc;
  readonly finality: Finality;
};

export async function seeBurn(ports: SightPorts, query: BurnQuery): Promise<BurnSight> {
  const { rpc, finality } = ports;
  const { account, nonce } = query;
  const head = Number(await rpc.request('eth_blockNumber', []));
  const final = finality === 'finalized' ? await finalizedBlock(rpc) : head - finality + 1;
  const nextNonce = await nonceAt(rpc, account, 'latest');
  const finalNonce = final < 0 ? 0 : await nonceAt(rpc, account, quantity(final));
  const seen = { head, final, nonce: nextNonce, finalNonce };
  const mined = await minedOf(ports, query);
  if (mined !== null) return { ...seen, mined, foreign: null, isKnown: true };
  const use = finalNonce > nonce ? await finalUse(ports, query, final) : null;
  const forgotten = use?.isOwnCall ? await minedOf(ports, { ...query, hashes: [use.hash] }) : null;
  return {
    ...seen,
    mined: forgotten,
    foreign: use === null || use.isOwnCall ? null : use.hash,
    isKnown: forgotten !== null || (await isKnown(rpc, query.hashes)),
  };
}

async function finalizedBlock(rpc: JsonRpc): Promise<number> {
  const block = await rpc.request('eth_getBlockByNumber', ['finalized', false]);
  return isJsonObject(block) ? Number(block['number']) : -1;
}

async function nonceAt(rpc: JsonRpc, account: string, block: string): Promise<number> {
  return Number(await rpc.request('eth_getTransactionCount', [account, block]));
}

async function minedOf(
  { viem, rpc }: SightPorts,
  { token, hashes }: BurnQuery,
): Promise<Mined | null> {
  for (const hash of hashes) {
    const receipt = await rpc.request('eth_getTransactionReceipt', [hash]);
    if (!isJsonObject(receipt) || !(await standsOnChain(rpc, receipt))) continue;
    const hasBurned = showsBurn(viem, token, logsOf(receipt['logs']));
    const outcome = hasBurned ? 'burned' : 'unburned';
    return {
      hash,
      block: Number(receipt['blockNumber']),
      blockHash: String(receipt['blockHash']),
      outcome: Number(receipt['status']) === 1 ? outcome : 'reverted',
    };
  }
  return null;
}

async function standsOnChain(rpc: JsonRpc, receipt: JsonObject): Promise<boolean> {
  const number = receipt['blockNumber'];
  if (typeof number !== 'string') return false;
  const block = await rpc.request('eth_getBlockByNumber', [number, false]);
  return isJsonObject(block) && block['hash'] === receipt['blockHash'];
}

function logsOf(logs: Json | undefined): readonly TokenLog[] {
  if (!Array.isArray(logs)) return [];
  return logs.filter(isJsonObject).map(({ address, topics, data }) => ({
    address: String(address),
    topics: Array.isArray(topics) ? topics.map(String) : [],
    data: String(data),
  }));
}

async function isKnown(rpc: JsonRpc, hashes: readonly string[]): Promise<boolean> {
  for (const hash of hashes)
    if ((await rpc.request('eth_getTransactionByHash', [hash])) !== null) return true;
  return false;
}

/** The transaction with the nonce, found by the block in which the account's count passes the nonce. */
async function finalUse(
  { viem, rpc }: SightPorts,
  { token, account, nonce, since }: BurnQuery,
  final: number,
): Promise<{ readonly hash: string; readonly isOwnCall: boolean } | null> {
  let [unused, used] = [Math.min(since, final), final];
  if ((await nonceAt(rpc, account, quantity(unused))) > nonce) return null;
  while (used - unused > 1) {
    const middle = Math.floor((unused + used) / 2);
    if ((await nonceAt(rpc, account, quantity(middle))) > nonce) used = middle;
    else unused = middle;
  }
  const block = await rpc.request('eth_getBlockByNumber', [quantity(used), true]);
  const transactions = isJsonObject(block) ? block['transactions'] : undefined;
  const use = (Array.isArray(transactions) ? transactions : [])
    .filter(isJsonObject)
    .find((one) => isSame(String(one['from']), account) && Number(one['nonce']) === nonce);
  if (use === undefined) return null;
  const isOwnCall =
    isSame(String(use['to']), token.contract) &&
    isSame(String(use['input']), burnData(viem, token));
  return { hash: String(use['hash']), isOwnCall };
}

function quantity(number: number): string {
  return `0x${number.toString(16)}`;
}
