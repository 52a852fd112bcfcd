import { chainSqlStore } from '../../../actors/chain/sql-store.ts';
import { chainStoreContract } from '../../contract/chain-store-contract.ts';
import { pgliteStoreBench } from '../../contract/store-bench.ts';

chainStoreContract('PGlite in memory', pgliteStoreBench(chainSqlStore), {
  deadlineMs: 60_000,
});
