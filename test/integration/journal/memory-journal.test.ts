import { journalContract, journalRestartContract } from '../../contract/journal-contract.ts';
import { memoryBench } from './benches.ts';

journalContract('memory', memoryBench);
journalRestartContract('memory', memoryBench);
