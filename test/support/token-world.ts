/** Accounts, contracts and tokens on a test chain, and the controls of the chain. */
import type { Token } from '../../actors/chain/token.ts';
import { type Hex, loadViem } from '../../actors/chain/viem/viem-package.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { JsonRpc } from '../../runtime/ports/json-rpc.ts';
import { tokenContracts } from './token-contracts.ts';

const gas = 3_000_000n;
const maxFeePerGas = 100_000_000_000n;
const maxPriorityFeePerGas = 1_000_000_000n;
const mintDeed = 'function mint(address to, uint256 id)';
const mintCoupons = 'function mint(address to, uint256 id, uint256 amount)';
const transfer = 'function transferFrom(address from, address to, uint256 id)';
const approve = 'function approve(address to, uint256 id)';
const approveAll = 'function setApprovalForAll(address operator, bool approved)';

/** A key of a test alone. Its digits say which. */
export function testKey(digit: number): Hex {
  return `0x${String(digit).repeat(64)}`;
}

export class TokenWorld {
  readonly rpc: JsonRpc;
  readonly chain: number;

  constructor(rpc: JsonRpc, chain: number) {
    this.rpc = rpc;
    this.chain = chain;
  }

  async addressOf(key: Hex): Promise<Hex> {
    const { privateKeyToAccount } = await loadViem();
    return privateKeyToAccount(key).address;
  }

  /** Gives the account one unit of the chain's money, and returns its address. */
  async funded(key: Hex, wei = 10n ** 18n): Promise<Hex> {
    const address = await this.addressOf(key);
    await this.rpc.request('anvil_setBalance', [address, `0x${wei.toString(16)}`]);
    return address;
  }

  async deploy(key: Hex, contract: keyof typeof tokenContracts): Promise<string> {
    const receipt = await this.send(key, undefined, tokenContracts[contract]);
    return String(receipt['contractAddress']).toLowerCase();
  }

  async mint(key: Hex, token: Token): Promise<void> {
    const { contract, standard, id, amount = '1', account } = token;
    const args = [account, BigInt(id), ...(standard === 'erc721' ? [] : [BigInt(amount)])];
    await this.call(key, contract, standard === 'erc721' ? mintDeed : mintCoupons, args);
  }

  async approve(key: Hex, { contract, id }: Token, to: Hex): Promise<void> {
    await this.call(key, contract, approve, [to, BigInt(id)]);
  }

  async approveAll(key: Hex, { contract }: Token, to: Hex): Promise<void> {
    await this.call(key, contract, approveAll, [to, true]);
  }

  async transfer(key: Hex, { contract, id, account }: Token, to: Hex): Promise<void> {
    await this.call(key, contract, transfer, [account, to, BigInt(id)]);
  }

  /** How many of the token the account has. */
  async balance({ contract, standard, id, account }: Token): Promise<bigint> {
    const { parseAbi, encodeFunctionData } = await loadViem();
    const isOne = standard === 'erc721';
    const abi = parseAbi([
      isOne
        ? 'function ownerOf(uint256 id) view returns (address)'
        : 'function balanceOf(address account, uint256 id) view returns (uint256)',
    ]);
    const data = encodeFunctionData({
      abi,
      functionName: isOne ? 'ownerOf' : 'balanceOf',
      args: isOne ? [BigInt(id)] : [account, BigInt(id)],
    });
    const returned = await this.rpc
      .request('eth_call', [{ to: contract, data }, 'latest'])
      .catch(() => '0x0');
    if (!isOne) return BigInt(String(returned));
    return String(returned).endsWith(account.slice(2).toLowerCase()) ? 1n : 0n;
  }

  async call(
    key: Hex,
    to: string,
    signature: string,
    args: readonly (string | bigint | boolean)[],
  ) {
    const { parseAbi, encodeFunctionData } = await loadViem();
    const [, functionName = ''] = /^function (\w+)/.exec(signature) ?? [];
    const data = encodeFunctionData({ abi: parseAbi([signature]), functionName, args });
    return this.send(key, to as Hex, data);
  }

  /** Sends a transaction and waits for its block. */
  async send(key: Hex, to: Hex | undefined, data: Hex): Promise<Record<string, Json>> {
    const raw = await this.signed(key, to, data);
    const hash = await this.rpc.request('eth_sendRawTransaction', [raw]);
    await this.rpc.request('evm_mine', []);
    const receipt = await this.rpc.request('eth_getTransactionReceipt', [hash]);
    return receipt as Record<string, Json>;
  }

  async signed(key: Hex, to: Hex | undefined, data: Hex, nonce?: number): Promise<Hex> {
    const { privateKeyToAccount } = await loadViem();
    const signer = privateKeyToAccount(key);
    const next = await this.rpc.request('eth_getTransactionCount', [signer.address, 'latest']);
    return signer.signTransaction({
      type: 'eip1559',
      chainId: this.chain,
      nonce: nonce ?? Number(next),
      ...(to === undefined ? {} : { to }),
      data,
      gas,
      maxFeePerGas,
      maxPriorityFeePerGas,
    });
  }

  async mine(blocks = 1): Promise<void> {
    for (let mined = 0; mined < blocks; mined += 1) await this.rpc.request('evm_mine', []);
  }

  async automine(isOn: boolean): Promise<void> {
    await this.rpc.request('evm_setAutomine', [isOn]);
  }

  async reorg(depth: number): Promise<void> {
    await this.rpc.request('anvil_reorg', [depth, []]);
  }

  async drop(hash: string): Promise<void> {
    await this.rpc.request('anvil_dropTransaction', [hash]);
  }

  async baseFee(wei: bigint): Promise<void> {
    await this.rpc.request('anvil_setNextBlockBaseFeePerGas', [`0x${wei.toString(16)}`]);
  }
}
