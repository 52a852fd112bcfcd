import { filesSqlStore } from '../../../actors/file-remover/sql-store.ts';
import { filesContract } from '../../contract/files-contract.ts';
import { postgresStoreBench } from '../../contract/store-bench.ts';

filesContract('PostgreSQL', postgresStoreBench(filesSqlStore), { needs: ['postgres'] });
