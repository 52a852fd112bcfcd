import { pgliteStoreBench } from '../../contract/store-bench.ts';
import { parcels, tableContract } from '../../contract/table-contract.ts';

tableContract('PGlite', pgliteStoreBench(parcels.sql), { deadlineMs: 60_000 });
