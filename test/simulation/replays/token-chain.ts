/**
 * A chain that no backup restores, with the production chains service in front. The account has more
 * tokens than are burned, so the chain carries out a second burn of a token, too.
 */
import { createHash } from 'node:crypto';
import { MemoryChainStore } from '../../../actors/chain/memory-store.ts';
import { chainsSection } from '../../../actors/chain/section.ts';
import { defineChainsService } from '../../../actors/chain/service.ts';
import type { Token } from '../../../actors/chain/token.ts';
import type { BurnOrder, Mined, Web3Wrapper } from '../../../actors/chain/web3-wrapper.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Database } from '../../../testing/simulation/system.ts';
import { projectRoot } from '../../support/project-root.ts';

const account = `0x${'11'.repeat(20)}`;
const fees = { maxFee: '1', tip: '1' };

export class TokenChain {
  /** By hash. */
  readonly #mined = new Map<string, { readonly token: Token; readonly block: number }>();

  /** The ids of the tokens that were burned more than once. */
  get burnedAgain(): readonly string[] {
    const ids = [...this.#mined.values()].map(({ token }) => token.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
  }

  /** The chains service of a world, over a database of its own. */
  service(): { readonly service: ServiceDefinition; readonly database: Database } {
    const [config] = loadExchangeConfigs([`${projectRoot}config/services/chains.json`], {
      env: {},
      sections: { chains: chainsSection },
    });
    if (config === undefined) throw new Error('there is no config');
    const store = new MemoryChainStore();
    const service = defineChainsService({ config, store, web3: () => this.#wrapper });
    return { service, database: { services: [config.svcName], stores: [store] } };
  }

  get #head(): number {
    return this.#mined.size + 1;
  }

  readonly #wrapper: Web3Wrapper = {
    account: async () => account,
    check: async () => {
      const nonce = this.#mined.size;
      return { kind: 'possible', account, nonce, gas: '1', fees, head: this.#head };
    },
    sign: async (order) => {
      const raw = JSON.stringify(order);
      return { raw, hash: hashOf(raw) };
    },
    broadcast: async (raw) => {
      const { token, nonce } = JSON.parse(raw) as BurnOrder;
      if (this.#mined.has(hashOf(raw))) return { kind: 'known', note: null };
      if (nonce < this.#mined.size) return { kind: 'nonce-used', note: null };
      this.#mined.set(hashOf(raw), { token, block: this.#head });
      return { kind: 'accepted', note: null };
    },
    look: async ({ hashes }) => {
      const mined = hashes.flatMap((hash) => this.#minedAt(hash)).at(0) ?? null;
      const nonce = this.#mined.size;
      const chain = { head: this.#head, final: this.#head, nonce, finalNonce: nonce };
      const sight = { ...chain, mined, foreign: null, isKnown: mined !== null };
      return { sights: [sight], silent: [] };
    },
    fees: async () => fees,
  };

  #minedAt(hash: string): readonly Mined[] {
    const block = this.#mined.get(hash)?.block;
    return block === undefined ? [] : [{ hash, block, blockHash: hash, outcome: 'burned' }];
  }
}

function hashOf(raw: string): string {
  return `0x${createHash('sha256').update(raw).digest('hex')}`;
}
