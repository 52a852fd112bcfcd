import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import { cardsContract } from '../../contract/cards-contract.ts';
import { postgresStoreBench } from '../../contract/store-bench.ts';

cardsContract('PostgreSQL', postgresStoreBench(cardsSqlStore), { needs: ['postgres'] });
