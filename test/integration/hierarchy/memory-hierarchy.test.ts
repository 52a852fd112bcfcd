import { hierarchyContract } from '../../contract/hierarchy-contract.ts';
import { memoryBench } from './benches.ts';

hierarchyContract('memory', memoryBench);
