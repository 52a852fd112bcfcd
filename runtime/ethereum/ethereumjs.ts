/**
 * The parts of ethereumjs that a chain in this process needs, under the names of this folder. They
 * are optional packages, loaded at the first use.
 *
 * - own-types: as in `actors/chain/viem/viem-package.ts`; the contract suite checks the functions.
 */
import { Broken } from '../ports/errors.ts';

/** The rules of a chain: its id and its hard fork. */
export type Rules = object;

export interface Address {
  toString(): `0x${string}`;
}

export interface Account {
  nonce: bigint;
  balance: bigint;
}

export interface State {
  getStateRoot(): Promise<Uint8Array>;
  setStateRoot(root: Uint8Array): Promise<void>;
  getAccount(address: Address): Promise<Account | undefined>;
  putAccount(address: Address, account: Account): Promise<void>;
  getCode(address: Address): Promise<Uint8Array>;
}

interface Execution {
  readonly exceptionError?: unknown;
  readonly executionGasUsed: bigint;
  readonly returnValue: Uint8Array;
  readonly logs?: readonly (readonly [Uint8Array, readonly Uint8Array[], Uint8Array])[];
}

export interface Machine {
  readonly stateManager: State;
  readonly evm: {
    runCall(call: {
      readonly data: Uint8Array;
      readonly gasLimit: bigint;
      readonly caller?: Address;
      readonly origin?: Address;
      readonly to?: Address;
    }): Promise<{ readonly execResult: Execution }>;
  };
  shallowCopy(): Promise<Machine>;
}

export interface Transaction {
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly value: bigint;
  /** Absent in a transaction that creates a contract. */
  readonly to?: Address;
  readonly data: Uint8Array;
  readonly gasPrice?: bigint;
  readonly maxFeePerGas?: bigint;
  readonly maxPriorityFeePerGas?: bigint;
  hash(): Uint8Array;
  getSenderAddress(): Address;
}

export interface Block {
  readonly header: { readonly number: bigint; readonly timestamp: bigint };
  hash(): Uint8Array;
}

interface Header {
  readonly number: number;
  readonly timestamp: number;
  readonly gasLimit: bigint;
  readonly baseFeePerGas: bigint;
}

interface Packages {
  readonly vm: {
    createVM(options: object): Promise<Machine>;
    runTx(
      machine: Machine,
      options: object,
    ): Promise<{
      readonly execResult: Execution;
      readonly totalGasSpent: bigint;
      readonly createdAddress?: Address;
    }>;
  };
  readonly block: { createBlock(content: object, options: object): Block };
  readonly chain: {
    readonly Mainnet: object;
    createCustomCommon(changes: object, base: object, options: object): Rules;
  };
  readonly tx: { createTxFromRLP(bytes: Uint8Array, options: object): Transaction };
  readonly values: {
    readonly Account: new () => Account;
    createAddressFromString(text: string): Address;
  };
}

export class Ethereumjs {
  readonly #packages: Packages;
  readonly rules: Rules;

  constructor(packages: Packages, chainId: number) {
    this.#packages = packages;
    const { createCustomCommon, Mainnet } = packages.chain;
    this.rules = createCustomCommon({ chainId }, Mainnet, { hardfork: 'shanghai' });
  }

  machine(): Promise<Machine> {
    return this.#packages.vm.createVM({ common: this.rules });
  }

  /** Rejects when the transaction cannot stand in the block. */
  run(machine: Machine, block: Block, transaction: Transaction) {
    const options = { tx: transaction, block, skipHardForkValidation: true };
    return this.#packages.vm.runTx(machine, options);
  }

  block(header: Header): Block {
    const options = { common: this.rules, skipConsensusFormatValidation: true };
    return this.#packages.block.createBlock({ header }, options);
  }

  /** Throws for bytes that are no transaction of this chain. */
  transaction(bytes: Uint8Array): Transaction {
    return this.#packages.tx.createTxFromRLP(bytes, { common: this.rules });
  }

  address(text: string): Address {
    return this.#packages.values.createAddressFromString(text);
  }

  emptyAccount(): Account {
    return new this.#packages.values.Account();
  }
}

export function stateOf(machine: Machine): State {
  return machine.stateManager;
}

const names = ['vm', 'block', 'common', 'tx', 'util'].map((name) => `@ethereumjs/${name}`);

/** Rejects with `Broken('config-invalid')`, which names the packages to install. */
export async function loadEthereumjs(chainId: number): Promise<Ethereumjs> {
  const [vm, block, chain, tx, values] = await imported();
  return new Ethereumjs({ vm, block, chain, tx, values }, chainId);
}

type Loaded = readonly [
  Packages['vm'],
  Packages['block'],
  Packages['chain'],
  Packages['tx'],
  Packages['values'],
];

async function imported(): Promise<Loaded> {
  try {
    // The names are no literals: the compiler would read the packages' types.
    return (await Promise.all(names.map((name) => import(name)))) as unknown as Loaded;
  } catch (cause) {
    throw new Broken(
      'config-invalid',
      `a chain in this process needs packages that are not installed: npm install ${names.join(' ')}`,
      { cause },
    );
  }
}
