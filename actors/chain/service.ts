/** The chains service: which machine takes each message, under which key, after which read. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { burnCheckMachine } from './burn-check-machine.ts';
import { burnTokenSchema, checkTokenSchema } from './messages.ts';
import { chainsSettings, type Network } from './section.ts';
import { chainRead } from './store.ts';
import { tracerMachine } from './tracer-machine.ts';
import type { Web3Wrappers } from './web3-wrapper.ts';

export type ChainsServiceOptions = {
  readonly config: ExchangeConfig;
  readonly store: Pick<Store<never>, 'name' | 'read'>;
  readonly web3: Web3Wrappers;
};

/** Wei per unit of gas; null for no limit. */
export function maxFeeLimitOf({
  max_fee_gwei: gwei,
}: Pick<Network, 'max_fee_gwei'>): bigint | null {
  return gwei === undefined ? null : BigInt(Math.round(gwei * 1e9));
}

export function defineChainsService({
  config,
  store,
  web3,
}: ChainsServiceOptions): ServiceDefinition {
  const { networks, pollMs, stuckMs } = chainsSettings(config);
  const limits = new Map(networks.map((one) => [one.chain_id, maxFeeLimitOf(one)]));
  const maxFeeLimit = (chain: number) => limits.get(chain) ?? null;
  return defineService({
    config,
    stores: [store],
    machines: {
      tracer: tracerMachine({ web3, pollMs, stuckMs, maxFeeLimit }),
      'burn-check': burnCheckMachine(web3),
    },
    messages: {
      burn: {
        machine: 'tracer',
        schema: burnTokenSchema,
        to: ({ data }) => ({ key: data.id }),
        starts: true,
        read: ({ data }) => chainRead('burn', { id: data.id }),
      },
      check: {
        machine: 'burn-check',
        schema: checkTokenSchema,
        to: (_, newId) => ({ key: newId }),
        starts: true,
      },
    },
  });
}
