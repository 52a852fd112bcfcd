import { MemoryFilesStore } from '../../../actors/file-remover/memory-store.ts';
import { filesContract } from '../../contract/files-contract.ts';
import { memoryStoreBench } from '../../contract/store-bench.ts';

filesContract(
  'memory',
  memoryStoreBench(() => new MemoryFilesStore()),
);
