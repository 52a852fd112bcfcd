import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import { cardsContract } from '../../contract/cards-contract.ts';
import { pgliteStoreBench } from '../../contract/store-bench.ts';

cardsContract('PGlite in memory', pgliteStoreBench(cardsSqlStore), { deadlineMs: 30_000 });
