import { postgresStoreBench } from '../../contract/store-bench.ts';
import { parcels, tableContract } from '../../contract/table-contract.ts';

tableContract('PostgreSQL', postgresStoreBench(parcels.sql), {
  needs: ['postgres'],
  deadlineMs: 60_000,
});
