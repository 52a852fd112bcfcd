import { MemoryChainStore } from '../../../actors/chain/memory-store.ts';
import { chainStoreContract } from '../../contract/chain-store-contract.ts';
import { memoryStoreBench } from '../../contract/store-bench.ts';

chainStoreContract(
  'memory',
  memoryStoreBench(() => new MemoryChainStore()),
);
