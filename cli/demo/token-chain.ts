/**
 * An Ethereum chain in the process of the demo, behind HTTP on the loopback address, with one
 * contract of tokens. The hosts of the demo reach the chain as they would reach a node.
 *
 * - optional: without the packages of the chain there is none, and nothing is loaded.
 * - late: the packages are loaded with the first request.
 * - one-account: the account that signs burns also holds the tokens. Its key is made anew each
 *   time, and stands only in the environment of this process and of the hosts.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Token } from '../../actors/chain/token.ts';
import { type Hex, loadViem } from '../../actors/chain/viem/viem-package.ts';
import { isJsonObject } from '../../config/json.ts';
import { LocalChain } from '../../runtime/ethereum/local-chain.ts';
import { errorText } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { JsonRpcError } from '../../runtime/ports/json-rpc.ts';

const chainId = 31_337;
const keyVariable = 'UNANIMOUS_DEMO_TOKEN_KEY';
const packages = ['viem', '@ethereumjs/vm'];
const oneEther = '0xde0b6b3a7640000';
const fees = { gas: 3_000_000n, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1n };
const mint = 'function mint(address to, uint256 id)';
const ownerOf = 'function ownerOf(uint256 id) view returns (address)';

export class TokenChain {
  readonly #chain = new LocalChain({ chainId });
  readonly #key: Hex = `0x${randomBytes(32).toString('hex')}`;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then((answer) => response.end(JSON.stringify(answer)));
  });

  /** Undefined when a package of the chain is not installed. */
  static async open(): Promise<TokenChain | undefined> {
    const { resolve } = createRequire(import.meta.url);
    try {
      for (const name of packages) resolve(name);
    } catch {
      return undefined;
    }
    const chain = new TokenChain();
    process.env[keyVariable] = chain.#key;
    await new Promise<void>((done) => chain.#server.listen(0, '127.0.0.1', done));
    chain.#server.unref();
    return chain;
  }

  /** For the config of the service `chains`. */
  get env(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    const node = { chain_id: chainId, rpc_urls: [`http://127.0.0.1:${port}`], confirmations: 1 };
    return {
      chains__networks: JSON.stringify([{ ...node, key_env: keyVariable }]),
      chains__poll_ms: '100',
    };
  }

  /** Deploys the contract, and makes one token of the account. */
  async token(id: string): Promise<Token> {
    const { privateKeyToAccount } = await loadViem();
    const { address: account } = privateKeyToAccount(this.#key);
    await this.#chain.request('anvil_setBalance', [account, oneEther]);
    const { contractAddress } = await this.#send(undefined, bytecode());
    const contract = String(contractAddress) as Hex;
    await this.#send(contract, await this.#call(mint, [account, BigInt(id)]));
    return { chain: chainId, contract, standard: 'erc721', id, account };
  }

  /** Whether the contract knows an owner of the token. */
  async isThere({ contract, id }: Token): Promise<boolean> {
    const data = await this.#call(ownerOf, [BigInt(id)]);
    return this.#chain.request('eth_call', [{ to: contract, data }, 'latest']).then(
      () => true,
      (error: unknown) => {
        if (error instanceof JsonRpcError) return false;
        throw error;
      },
    );
  }

  close(): void {
    delete process.env[keyVariable];
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #call(signature: string, args: readonly (string | bigint)[]): Promise<Hex> {
    const { parseAbi, encodeFunctionData } = await loadViem();
    const [, functionName = ''] = /^function (\w+)/.exec(signature) ?? [];
    return encodeFunctionData({ abi: parseAbi([signature]), functionName, args });
  }

  /** The receipt; each transaction gets a block at once. */
  async #send(to: Hex | undefined, data: Hex): Promise<JsonObject> {
    const { privateKeyToAccount } = await loadViem();
    const signer = privateKeyToAccount(this.#key);
    const sent = await this.#chain.request('eth_getTransactionCount', [signer.address, 'latest']);
    const content = { type: 'eip1559', chainId, nonce: Number(sent), data, ...fees } as const;
    const raw = await signer.signTransaction(to === undefined ? content : { ...content, to });
    const hash = await this.#chain.request('eth_sendRawTransaction', [raw]);
    const receipt = await this.#chain.request('eth_getTransactionReceipt', [hash]);
    return isJsonObject(receipt) ? receipt : {};
  }

  async #answer(request: IncomingMessage): Promise<JsonObject> {
    const { id = null, method, params }: JsonObject = JSON.parse(await text(request));
    const given = Array.isArray(params) ? (params as readonly Json[]) : [];
    try {
      return { jsonrpc: '2.0', id, result: await this.#chain.request(String(method), given) };
    } catch (error) {
      const message = errorText(error);
      if (!(error instanceof JsonRpcError))
        return { jsonrpc: '2.0', id, error: { code: -32_603, message } };
      const { code, data = null } = error;
      return { jsonrpc: '2.0', id, error: { code, message, data } };
    }
  }
}

function bytecode(): Hex {
  const file = new URL('../../config/demo/deeds.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly bytecode: Hex }).bytecode;
}
