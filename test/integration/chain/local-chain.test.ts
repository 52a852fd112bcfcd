import { LocalChain } from '../../../runtime/ethereum/local-chain.ts';
import { web3Contract } from '../../contract/web3-contract.ts';

const chain = 31_338;

web3Contract('the chain in this process', {
  chain,
  fresh: async () => new LocalChain({ chainId: chain }),
  end: async () => undefined,
});
