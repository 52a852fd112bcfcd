import { transactionsSqlStore } from '../../../actors/transactions/sql-store.ts';
import { postgresStoreBench } from '../../contract/store-bench.ts';
import { transactionsContract } from '../../contract/transactions-contract.ts';

transactionsContract('PostgreSQL', postgresStoreBench(transactionsSqlStore), {
  needs: ['postgres'],
});
