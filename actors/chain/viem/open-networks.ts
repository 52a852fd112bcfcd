/**
 * The chains of a config, each with its nodes and the signing account.
 */
import type { JsonRpc } from '../../../runtime/ports/json-rpc.ts';
import type { Network } from '../section.ts';
import { maxFeeLimitOf } from '../service.ts';
import type { Web3Wrappers } from '../web3-wrapper.ts';
import { type Environment, signingKey } from './signing-key.ts';
import { requireViem } from './viem-package.ts';
import { ViemWeb3Wrapper } from './viem-web3-wrapper.ts';

/**
 * `open`: a node by its URL. Throws `Broken('config-invalid')` when a chain has no key, and when viem
 * is not installed.
 */
export function openNetworks(
  networks: readonly Network[],
  env: Environment,
  open: (url: string, chain: number) => JsonRpc,
): Web3Wrappers {
  if (networks.length > 0) requireViem();
  const wrappers = new Map(
    networks.map((network) => {
      const { chain_id: chain, rpc_urls: urls, confirmations = 'finalized' } = network;
      const wrapper = new ViemWeb3Wrapper({
        chain,
        nodes: urls.map((url) => ({ name: new URL(url).host, rpc: open(url, chain) })),
        finality: confirmations,
        maxFeeLimit: maxFeeLimitOf(network),
        key: signingKey(network, env),
      });
      return [chain, wrapper] as const;
    }),
  );
  return (chain) => wrappers.get(chain);
}
