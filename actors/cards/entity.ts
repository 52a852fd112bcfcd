/** MikroORM's definitions of the tables in `migrations.ts`. */
import { defineEntity, p } from '@mikro-orm/core';
import type { Token } from '../chain/token.ts';
import type { Card, CardMetadata } from './store.ts';

export const CardEntity = defineEntity({
  name: 'Card',
  tableName: 'cards',
  schema: '*',
  properties: {
    id: p.string().primary(),
    owner: p.string(),
    kind: p.string().$type<Card['kind']>(),
    state: p.string().$type<Card['state']>(),
    transaction: p.string().nullable(),
    token: p.json<Token>().nullable(),
    metadata: p.json<CardMetadata>(),
    version: p.integer(),
  },
});

export const CardTombstoneEntity = defineEntity({
  name: 'CardTombstone',
  tableName: 'tombstones',
  schema: '*',
  properties: {
    id: p.string().primary(),
    owner: p.string(),
    atMs: p.double().$type<number>(),
  },
});
