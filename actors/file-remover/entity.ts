/** MikroORM's definition of the table in `migrations.ts`. */
import { defineEntity, p } from '@mikro-orm/core';
import type { Receipt } from './store.ts';

export const ReceiptEntity = defineEntity({
  name: 'Receipt',
  tableName: 'receipts',
  schema: '*',
  properties: {
    id: p.string().primary(),
    url: p.string(),
    card: p.string().fieldName('card_id').nullable(),
    state: p.string().$type<Receipt['state']>(),
    bytes: p.double().$type<number>().nullable(),
    sha256: p.string().fieldName('sha256').nullable(),
    removedAtMs: p.double().$type<number>().nullable(),
    failedAtMs: p.double().$type<number>().nullable(),
    attempts: p.integer(),
    note: p.string().nullable(),
    evidence: p.json<Receipt['evidence']>().nullable(),
  },
});
