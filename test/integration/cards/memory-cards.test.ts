import { MemoryCardsStore } from '../../../actors/cards/memory-store.ts';
import { cardsContract } from '../../contract/cards-contract.ts';
import { memoryStoreBench } from '../../contract/store-bench.ts';

cardsContract(
  'memory',
  memoryStoreBench(() => new MemoryCardsStore()),
);
