/** The table of the measured sagas: items that are there or gone. One statement deletes any number of them. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/sql';
import type { Store, Write } from '../../runtime/ports/store.ts';
import type { UndoLog } from '../../runtime/ports/undo-log.ts';
import type { SqlStoreModule } from '../../runtime/postgres/store-module.ts';

export const ItemEntity = defineEntity({
  name: 'Item',
  tableName: 'items',
  schema: '*',
  properties: { id: p.string().primary() },
});

export const itemsSqlStore: SqlStoreModule = {
  name: 'items',
  entities: [ItemEntity],
  migrations: [
    {
      name: '1',
      up: (schema) => [`create table ${schema}.items (id text collate "C" primary key)`],
    },
  ],
  create: ({ schema, change }) => ({
    name: 'items',
    read: async () => null,
    apply: (tx: EntityManager, writes: readonly Write[]) =>
      change(
        tx,
        `delete from ${schema}.items where id in (select jsonb_array_elements_text(?::jsonb))`,
        [JSON.stringify(idsOf(writes))],
      ),
  }),
};

/** The same in memory. */
export function memoryItems(): Store<UndoLog> {
  const items = new Set<string>();
  return {
    name: 'items',
    read: async () => null,
    apply: async (_undo, writes) => {
      for (const id of idsOf(writes)) items.delete(id);
    },
  };
}

function idsOf(writes: readonly Write[]): string[] {
  return writes.map(({ args }) => (args as { id: string }).id);
}
