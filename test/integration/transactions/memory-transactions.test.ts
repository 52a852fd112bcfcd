import { MemoryTransactionsStore } from '../../../actors/transactions/memory-store.ts';
import { memoryStoreBench } from '../../contract/store-bench.ts';
import { transactionsContract } from '../../contract/transactions-contract.ts';

transactionsContract(
  'memory',
  memoryStoreBench(() => new MemoryTransactionsStore()),
);
