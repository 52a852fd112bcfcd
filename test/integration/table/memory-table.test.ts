import { memoryStoreBench } from '../../contract/store-bench.ts';
import { parcels, tableContract } from '../../contract/table-contract.ts';

tableContract('memory', memoryStoreBench(parcels.memory));
