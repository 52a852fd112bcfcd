import { HttpJsonRpc } from '../../../runtime/ethereum/http-json-rpc.ts';
import { web3Contract } from '../../contract/web3-contract.ts';
import { type Anvil, startAnvil } from '../../support/anvil.ts';

const chain = 31_339;
let node: Anvil | undefined;

web3Contract(
  'anvil',
  {
    chain,
    fresh: async () => {
      await node?.remove();
      node = await startAnvil(chain);
      return new HttpJsonRpc(node.url);
    },
    end: async () => node?.remove(),
  },
  { needs: ['anvil'] },
);
