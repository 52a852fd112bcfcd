import { filesSqlModule } from '../../../actors/file-remover/sql-store.ts';
import { filesContract } from '../../contract/files-contract.ts';
import { pgliteStoreBench } from '../../contract/store-bench.ts';

filesContract('PGlite in memory', pgliteStoreBench(filesSqlModule), { deadlineMs: 30_000 });
