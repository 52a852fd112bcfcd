import { defineEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/sql';
import type { SqlStoreModule } from '../../../../deployment.ts';
import { Conflict, type Json, type Store, type Write } from '../../../../index.ts';

export type Level = { item: string; count: number; version: number };
export type Put = { item: string; count: number };

const LevelEntity = defineEntity({
  name: 'Level',
  tableName: 'levels',
  schema: '*', // the schema of the store, named after the database's prefix
  properties: { item: p.string().primary(), count: p.integer(), version: p.integer() },
});

class StockStore implements Store<EntityManager> {
  readonly name = 'stock';
  readonly #read: () => EntityManager;

  constructor(read: () => EntityManager) {
    this.#read = read;
  }

  // Runs before the step. The machine finds the result in `event.$.read`.
  async read(_op: string, args: Json): Promise<Json> {
    const { item } = args as { item: string };
    const level = await this.#read().findOne(LevelEntity, { item });
    return { item, count: level?.count ?? 0, version: level?.version ?? 0 };
  }

  // Runs inside the commit, with the transaction of the journal.
  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const { args, expect } of writes) {
      const { item, count } = args as Put;
      const { version } = expect as { version: number };
      const row = { item, count, version: version + 1 };
      if (version === 0) await tx.insert(LevelEntity, row);
      else if ((await tx.nativeUpdate(LevelEntity, { item, version }, row)) === 0)
        throw new Conflict('expectation-failed', `the level of ${item} has changed`);
    }
  }
}

export const stockStore: SqlStoreModule = {
  name: 'stock',
  entities: [LevelEntity],
  migrations: [
    {
      name: '001-levels',
      up: (schema) => [
        `create table ${schema}.levels (item text primary key, count integer not null, version integer not null)`,
      ],
    },
  ],
  create: ({ read }) => new StockStore(read),
};
