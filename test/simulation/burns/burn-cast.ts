/**
 * The chains service over a chain in this process that is reorganised, loses transactions, raises its
 * fees, lets others use a nonce and is sometimes down, all drawn from a seed.
 *
 * - final-is-final: a reorganisation is never deeper than the blocks that are not final.
 */
import { MemoryChainStore } from '../../../actors/chain/memory-store.ts';
import { chainsSection } from '../../../actors/chain/section.ts';
import { defineChainsService } from '../../../actors/chain/service.ts';
import type { Burn } from '../../../actors/chain/store.ts';
import type { Token } from '../../../actors/chain/token.ts';
import { ViemWeb3Wrapper } from '../../../actors/chain/viem/viem-web3-wrapper.ts';
import type { BurnQuery, Web3Wrapper } from '../../../actors/chain/web3-wrapper.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { LocalChain } from '../../../runtime/ethereum/local-chain.ts';
import type { Chance } from '../../../runtime/ports/chance.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Invariant } from '../../../testing/simulation/system.ts';
import { projectRoot } from '../../support/project-root.ts';
import { TokenWorld, testKey } from '../../support/token-world.ts';

export const chain = 31_341;
const finality = 3;
const minted = 10n;
const key = testKey(1);
const nobody = `0x${'99'.repeat(20)}` as const;

export type Wrap = (wrapper: Web3Wrapper, tokens: TokenWorld) => Web3Wrapper;

export class BurnCast {
  readonly store = new MemoryChainStore();
  readonly tokens: TokenWorld;
  /** What has happened on the chain. */
  readonly #events: Map<string, number>;
  readonly #chance: Chance;
  readonly #wrapper: Web3Wrapper;
  #ready: Promise<string> | undefined;
  #budget = 14;

  constructor(chance: Chance, events: Map<string, number>, wrap: Wrap = (wrapper) => wrapper) {
    this.#chance = chance;
    this.#events = events;
    const rpc = new LocalChain({ chainId: chain, automine: false });
    this.tokens = new TokenWorld(rpc, chain);
    const nodes = [{ name: 'node', rpc }];
    const options = { chain, nodes, finality, maxFeeLimit: null, key: async () => key };
    this.#wrapper = wrap(new ViemWeb3Wrapper(options), this.tokens);
  }

  service() {
    const [config] = loadExchangeConfigs([`${projectRoot}config/services/chains.json`], {
      env: {},
      sections: { chains: chainsSection },
    });
    if (config === undefined) throw new Error('there is no config');
    const web3 = (id: number) => (id === chain ? this.#eventful() : undefined);
    return defineChainsService({ config, store: this.store, web3 });
  }

  async token(id: number): Promise<Token> {
    this.#ready ??= this.#begin();
    const contract = await this.#ready;
    const account = await this.tokens.addressOf(key);
    return { chain, contract, standard: 'erc1155', id: String(id), account };
  }

  /** Each burn that has ended as burned has burned its amount once, and no other burn has burned anything. */
  invariant(ids: readonly number[]): Invariant {
    return {
      name: 'at most one burn a token',
      atEnd: async () => {
        for (const id of ids) {
          const burn = `burn-${id}`;
          const row = (await this.store.read('burn', { id: burn })) as Burn | null;
          const gone = minted - (await this.tokens.balance(await this.token(id)));
          const expected = row?.state === 'burned' ? 1n : 0n;
          if (gone !== expected) return `${burn} is ${row?.state}, and burned ${gone} times`;
        }
        return undefined;
      },
    };
  }

  async #begin(): Promise<string> {
    await this.tokens.funded(key);
    const contract = await this.tokens.deploy(key, 'coupons');
    const account = await this.tokens.addressOf(key);
    for (let id = 0; id < 4; id += 1) {
      const token = { chain, contract, standard: 'erc1155', id: String(id), account } as const;
      await this.tokens.mint(key, { ...token, amount: String(minted) });
    }
    await this.tokens.mine(finality + 1);
    return contract;
  }

  #eventful(): Web3Wrapper {
    const wrapper = this.#wrapper;
    return {
      account: () => wrapper.account(),
      check: (token) => wrapper.check(token),
      sign: (order) => wrapper.sign(order),
      fees: () => wrapper.fees(),
      broadcast: async (raw) => {
        await this.#mayBeDown();
        return wrapper.broadcast(raw);
      },
      look: async (query) => {
        await this.#mayBeDown();
        await this.#pass(query);
        return wrapper.look(query);
      },
    };
  }

  async #mayBeDown(): Promise<void> {
    if (this.#chance() > 0.04) return;
    this.#note('down');
    throw new Transient('not-reachable', 'the node is down');
  }

  /** Time passes on the chain: mostly a block, sometimes something else before the block. */
  async #pass(query: BurnQuery): Promise<void> {
    const drawn = this.#chance();
    if (drawn < 0.4 && this.#budget > 0) {
      this.#budget -= 1;
      if (drawn < 0.15) await this.#reorganise();
      else if (drawn < 0.25) await this.#drop(query);
      else if (drawn < 0.35) await this.#useNonce(query);
      else await this.#raiseFees();
    }
    if (this.#chance() < 0.9) await this.tokens.mine();
  }

  async #reorganise(): Promise<void> {
    this.#note('reorganised');
    await this.tokens.reorg(1 + Math.floor(this.#chance() * (finality - 1)));
  }

  async #drop({ hashes }: BurnQuery): Promise<void> {
    this.#note('dropped');
    for (const hash of hashes) await this.tokens.drop(hash);
  }

  /** The same key in another program. */
  async #useNonce(query: BurnQuery): Promise<void> {
    await this.#drop(query);
    const raw = await this.tokens.signed(key, nobody, '0x', query.nonce);
    const sent = this.tokens.rpc.request('eth_sendRawTransaction', [raw]);
    await sent.then(
      () => this.#note('nonce used'),
      () => undefined,
    );
  }

  async #raiseFees(): Promise<void> {
    this.#note('fees raised');
    await this.tokens.baseFee(40_000_000_000n);
  }

  #note(event: string): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
  }
}
