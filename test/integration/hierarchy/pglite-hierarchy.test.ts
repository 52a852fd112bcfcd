import { hierarchyContract } from '../../contract/hierarchy-contract.ts';
import { pgliteBench } from './benches.ts';

hierarchyContract('PGlite in memory', pgliteBench, { deadlineMs: 30_000 });
