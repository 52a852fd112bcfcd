/** Asks one node whether a burn would succeed in the next block. */
import { isJsonObject } from '../../../config/json.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { JsonRpc } from '../../../runtime/ports/json-rpc.ts';
import { amountOf, type Token } from '../token.ts';
import type { BurnCheck, Fees } from '../web3-wrapper.ts';
import { burnData, isSame, tokenAbi } from './burn-calls.ts';
import { unlessReverted } from './rpc-nodes.ts';
import type { Hex, Viem } from './viem-package.ts';

/** A check with the head of the node that has answered. */
export type NodeCheck = { readonly head: number; readonly check: BurnCheck };

export type CheckPorts = {
  readonly viem: Viem;
  readonly rpc: JsonRpc;
  /** The account that signs. */
  readonly account: string;
  readonly fees: (rpc: JsonRpc) => Promise<Fees>;
};

type View =
  | { readonly functionName: 'ownerOf' | 'getApproved'; readonly args: readonly [bigint] }
  | { readonly functionName: 'isApprovedForAll'; readonly args: readonly [Hex, Hex] }
  | { readonly functionName: 'balanceOf'; readonly args: readonly [Hex, bigint] };

export async function checkBurn(ports: CheckPorts, token: Token): Promise<NodeCheck> {
  const { rpc } = ports;
  const head = Number(await rpc.request('eth_blockNumber', []));
  if ((await rpc.request('eth_getCode', [token.contract, 'latest'])) === '0x')
    return impossible(head, `there is no contract ${token.contract}`);
  const reason = await ownershipProblem(ports, token);
  return reason === undefined ? affordable(ports, token, head) : impossible(head, reason);
}

function impossible(head: number, reason: string): NodeCheck {
  return { head, check: { kind: 'impossible', reason } };
}

async function ownershipProblem(ports: CheckPorts, token: Token): Promise<string | undefined> {
  const missing =
    token.standard === 'erc721'
      ? await deedProblem(ports, token)
      : await balanceProblem(ports, token);
  if (missing !== undefined) return missing;
  return (await mayBurn(ports, token))
    ? undefined
    : `the account ${ports.account} is not approved to burn the token of ${token.account}`;
}

async function deedProblem(ports: CheckPorts, token: Token): Promise<string | undefined> {
  const owner = await view(ports, token, { functionName: 'ownerOf', args: [BigInt(token.id)] });
  if (owner === undefined) return `there is no token ${token.id}`;
  return isSame(String(owner), token.account)
    ? undefined
    : `the token ${token.id} belongs to ${owner}, not to ${token.account}`;
}

async function balanceProblem(ports: CheckPorts, token: Token): Promise<string | undefined> {
  const args = [token.account as Hex, BigInt(token.id)] as const;
  const balance = await view(ports, token, { functionName: 'balanceOf', args });
  if (balance === undefined) return 'the contract does not say how many tokens an account has';
  return BigInt(balance) >= amountOf(token)
    ? undefined
    : `the account ${token.account} has ${balance} of the token ${token.id}, not ${amountOf(token)}`;
}

async function mayBurn(ports: CheckPorts, token: Token): Promise<boolean> {
  if (isSame(ports.account, token.account)) return true;
  const args = [token.account as Hex, ports.account as Hex] as const;
  if ((await view(ports, token, { functionName: 'isApprovedForAll', args })) === true) return true;
  if (token.standard !== 'erc721') return false;
  const approved = await view(ports, token, {
    functionName: 'getApproved',
    args: [BigInt(token.id)],
  });
  return approved !== undefined && isSame(String(approved), ports.account);
}

/** undefined: the contract reverts, has no such function, or returns something else. */
async function view(
  { viem, rpc }: CheckPorts,
  { contract }: Token,
  call: View,
): Promise<string | bigint | boolean | undefined> {
  const abi = viem.parseAbi(tokenAbi);
  const data = viem.encodeFunctionData({ abi, ...call });
  const returned = await unlessReverted(
    rpc.request('eth_call', [{ to: contract, data }, 'latest']),
  );
  if (typeof returned !== 'string' || returned === '0x') return undefined;
  const { functionName } = call;
  try {
    return viem.decodeFunctionResult({ abi, functionName, data: returned as Hex });
  } catch {
    return undefined;
  }
}

async function affordable(ports: CheckPorts, token: Token, head: number): Promise<NodeCheck> {
  const { viem, rpc, account } = ports;
  const call: Json = { from: account, to: token.contract, data: burnData(viem, token) };
  const estimate = await unlessReverted(rpc.request('eth_estimateGas', [call]));
  if (estimate === undefined) return impossible(head, 'the contract would revert the burn');
  const fees = await ports.fees(rpc);
  const cost = BigInt(String(estimate)) * BigInt(fees.maxFee);
  const balance = BigInt(String(await rpc.request('eth_getBalance', [account, 'latest'])));
  if (balance < cost)
    return impossible(
      head,
      `the account ${account} has ${balance} wei, and the gas may cost ${cost} wei`,
    );
  const nonce = Number(await rpc.request('eth_getTransactionCount', [account, 'latest']));
  const gas = String(BigInt(String(estimate)));
  return { head, check: { kind: 'possible', account, nonce, gas, fees, head } };
}

/** What the market asks for: twice the base fee of the newest block, and the node's own tip. */
export async function marketFees(rpc: JsonRpc, maxFeeLimit: bigint | null): Promise<Fees> {
  const block = await rpc.request('eth_getBlockByNumber', ['latest', false]);
  const base = isJsonObject(block) ? BigInt(String(block['baseFeePerGas'] ?? '0x0')) : 0n;
  const tip = BigInt(String(await rpc.request('eth_maxPriorityFeePerGas', [])));
  const wanted = base * 2n + tip;
  const maxFee = maxFeeLimit === null || wanted < maxFeeLimit ? wanted : maxFeeLimit;
  return { maxFee: String(maxFee), tip: String(tip < maxFee ? tip : maxFee) };
}
