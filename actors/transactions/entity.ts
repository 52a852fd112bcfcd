/** MikroORM's definition of the table in `migrations.ts`. */
import { defineEntity, p } from '@mikro-orm/core';
import type { TransactionState } from './store.ts';

export const TransactionEntity = defineEntity({
  name: 'Transaction',
  tableName: 'transactions',
  schema: '*',
  properties: {
    address: p.string().primary(),
    state: p.string().$type<TransactionState>(),
    card: p.string().fieldName('card_id').nullable(),
    reason: p.string().nullable(),
    version: p.integer(),
    atMs: p.double().$type<number>(),
  },
});
