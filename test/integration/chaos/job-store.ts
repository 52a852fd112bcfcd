/** Where jobs and counters leave a row for each thing they do: what is done twice is there twice. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/sql';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { SqlStoreModule } from '../../../runtime/postgres/store-module.ts';

/** In the order in which a job is done. */
export const deeds = ['taken', 'counted', 'finished'] as const;
export type Deed = (typeof deeds)[number];

const DeedRow = defineEntity({
  name: 'DeedRow',
  tableName: 'deeds',
  schema: '*',
  properties: { id: p.integer().primary().autoincrement(), job: p.text(), deed: p.text() },
});

export function deedDone(job: string, deed: Deed): Write {
  return { store: 'jobs', op: 'done', args: { job, deed } };
}

async function apply(entityManager: EntityManager, writes: readonly Write[]): Promise<void> {
  for (const { args } of writes) {
    const { job, deed } = args as JsonObject as { readonly job: string; readonly deed: string };
    entityManager.persist(entityManager.create(DeedRow, { job, deed }));
  }
}

export const jobStore: SqlStoreModule = {
  name: 'jobs',
  entities: [DeedRow],
  migrations: [
    {
      name: '001-deeds',
      up: (schema) => [
        `create table ${schema}.deeds (id serial primary key, job text not null, deed text not null)`,
      ],
    },
  ],
  create: () => ({ name: 'jobs', read: async () => null, apply }),
};
