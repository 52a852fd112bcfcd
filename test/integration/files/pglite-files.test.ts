import { filesSqlStore } from '../../../actors/file-remover/sql-store.ts';
import { filesContract } from '../../contract/files-contract.ts';
import { pgliteStoreBench } from '../../contract/store-bench.ts';

filesContract('PGlite in memory', pgliteStoreBench(filesSqlStore), { deadlineMs: 30_000 });
