/**
 * The part of viem that a burn needs. viem is an optional package, loaded at the first use.
 *
 * - own-types: the functions have types of this file. viem's own types, which follow every literal of
 *   an ABI, would double the time of a type check of the whole project; the contract suite checks
 *   the functions.
 */
import { createRequire } from 'node:module';
import { Broken } from '../../../runtime/ports/errors.ts';

export type Hex = `0x${string}`;

type Abi = readonly object[];
type Value = string | bigint | boolean;

export interface Viem {
  parseAbi(signatures: readonly string[]): Abi;
  encodeFunctionData(call: {
    readonly abi: Abi;
    readonly functionName: string;
    readonly args: readonly Value[];
  }): Hex;
  /** Throws for bytes of another form. */
  decodeFunctionResult(result: {
    readonly abi: Abi;
    readonly functionName: string;
    readonly data: Hex;
  }): Value;
  /** Throws for an event that the ABI does not have. */
  decodeEventLog(log: { readonly abi: Abi; readonly topics: readonly Hex[]; readonly data: Hex }): {
    readonly eventName: string;
    readonly args: Readonly<Record<string, Value>>;
  };
  keccak256(bytes: Hex | Uint8Array): Hex;
  privateKeyToAccount(key: Hex): Signer;
}

export interface Signer {
  readonly address: Hex;
  signTransaction(transaction: {
    readonly type: 'eip1559';
    readonly chainId: number;
    readonly nonce: number;
    readonly to?: Hex;
    readonly data: Hex;
    readonly gas: bigint;
    readonly maxFeePerGas: bigint;
    readonly maxPriorityFeePerGas: bigint;
  }): Promise<Hex>;
}

/** Not a literal: the compiler would read viem's types. */
const packageName: string = 'viem';

export async function loadViem(): Promise<Viem> {
  requireViem();
  const [viem, accounts]: readonly [Viem, Pick<Viem, 'privateKeyToAccount'>] = await Promise.all([
    import(packageName),
    import(`${packageName}/accounts`),
  ]);
  return { ...viem, privateKeyToAccount: accounts.privateKeyToAccount };
}

/** Throws `Broken('config-invalid')` when the package is not installed. Loads nothing. */
export function requireViem(resolve = createRequire(import.meta.url).resolve): void {
  try {
    resolve(packageName);
  } catch (cause) {
    throw new Broken(
      'config-invalid',
      'burning tokens needs a package that is not installed: npm install viem@2',
      { cause },
    );
  }
}
