import { chainSqlStore } from '../../../actors/chain/sql-store.ts';
import { chainStoreContract } from '../../contract/chain-store-contract.ts';
import { postgresStoreBench } from '../../contract/store-bench.ts';

chainStoreContract('PostgreSQL', postgresStoreBench(chainSqlStore), {
  needs: ['postgres'],
});
