import { chainsSection, chainsSettings } from '../../../../actors/chain/section.ts';
import { loadExchangeConfigs } from '../../../../composition/exchange-configs.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('the section chains');
const load = (file: string, env: Readonly<Record<string, string>> = {}) => {
  const [config] = loadExchangeConfigs([`${projectRoot}${file}`], {
    env,
    sections: { chains: chainsSection },
  });
  if (config === undefined) throw new Error('there is no config');
  return chainsSettings(config);
};

test('the config of the documents is one', () => {
  const { networks, pollMs, stuckMs } = load('test/unit/docs/chains/chains.json');
  assert.equal([pollMs, stuckMs], [12_000, 180_000]);
  assert.equal(networks, [
    {
      chain_id: 1,
      rpc_urls: ['https://one.example', 'https://two.example'],
      confirmations: 'finalized',
      max_fee_gwei: 60,
      key_env: 'BURN_KEY',
    },
  ]);
});

test('the environment gives the networks', () => {
  const networks = [{ chain_id: 5, rpc_urls: ['memory://'], confirmations: 2 }];
  const env = { CHAINS__NETWORKS: JSON.stringify(networks) };
  assert.equal(load('config/services/chains.json', env).networks, networks);
});

test.run();
