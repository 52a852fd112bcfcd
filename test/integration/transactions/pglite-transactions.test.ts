import { transactionsSqlStore } from '../../../actors/transactions/sql-store.ts';
import { pgliteStoreBench } from '../../contract/store-bench.ts';
import { transactionsContract } from '../../contract/transactions-contract.ts';

transactionsContract('PGlite in memory', pgliteStoreBench(transactionsSqlStore), {
  deadlineMs: 30_000,
});
