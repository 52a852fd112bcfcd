/** The calls of ERC-721 and ERC-1155 that a burn needs, and the logs that show a burn. Pure. */
import { amountOf, type Token } from '../token.ts';
import type { Hex, Viem } from './viem-package.ts';

export const tokenAbi = [
  'function ownerOf(uint256 id) view returns (address)',
  'function getApproved(uint256 id) view returns (address)',
  'function isApprovedForAll(address owner, address operator) view returns (bool)',
  'function balanceOf(address account, uint256 id) view returns (uint256)',
  'function burn(uint256 id)',
  'function burn(address account, uint256 id, uint256 amount)',
  'event Transfer(address indexed from, address indexed to, uint256 indexed id)',
  'event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 amount)',
] as const;

const nobody = `0x${'00'.repeat(20)}`;

/** The data of the transaction that burns the token. */
export function burnData(viem: Viem, token: Token): Hex {
  const abi = viem.parseAbi(tokenAbi);
  return token.standard === 'erc721'
    ? viem.encodeFunctionData({ abi, functionName: 'burn', args: [BigInt(token.id)] })
    : viem.encodeFunctionData({
        abi,
        functionName: 'burn',
        args: [token.account as Hex, BigInt(token.id), amountOf(token)],
      });
}

export interface TokenLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

/** Whether one of the logs shows the burn of this token: its transfer to the zero address. */
export function showsBurn(viem: Viem, token: Token, logs: readonly TokenLog[]): boolean {
  return logs
    .filter(({ address }) => isSame(address, token.contract))
    .some((log) => isBurn(viem, token, log));
}

function isBurn(viem: Viem, token: Token, { topics, data }: TokenLog): boolean {
  try {
    const { eventName, args } = viem.decodeEventLog({
      abi: viem.parseAbi(tokenAbi),
      topics: topics as readonly Hex[],
      data: data as Hex,
    });
    const { from, to, id, amount } = args;
    if (!isSame(String(from), token.account) || !isSame(String(to), nobody)) return false;
    if (id !== BigInt(token.id)) return false;
    return eventName === 'Transfer'
      ? token.standard === 'erc721'
      : token.standard === 'erc1155' && amount === amountOf(token);
  } catch {
    // The log is of another event.
    return false;
  }
}

export function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
