import { journalContract, journalRestartContract } from '../../contract/journal-contract.ts';
import { pgliteBench, pgliteFolderBench } from './benches.ts';

journalContract('PGlite in memory', pgliteBench, { deadlineMs: 30_000 });
journalRestartContract('PGlite in a folder', pgliteFolderBench, { deadlineMs: 60_000 });
