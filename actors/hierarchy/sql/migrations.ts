/**
 * The tables of the hierarchy.
 *
 * Invariants:
 * - Ids of nodes are UUIDs. Ids in the ledger are text, because a service may depend on nodes that
 *   this tree does not know.
 * - Text is compared byte by byte: equal means the same text, and the order of ids is the same
 *   everywhere.
 * - Names are unique among siblings, and a class has at most one default below a parent. The
 *   database enforces both.
 */
import type { SqlMigration } from '../../../runtime/ports/store.ts';

/** All values of all attributes of a row. The index `nodes_values` is of this expression. */
export const attributeValues = (alias: string) =>
  `jsonb_path_query_array(${alias}.attributes, '$.*[*]')`;

function nodes(schema: string): string[] {
  return [
    `create table ${schema}.nodes (id uuid primary key,
      parent_id uuid references ${schema}.nodes on delete restrict,
      cn text collate "C" not null, object_class text collate "C" not null,
      kind text not null check (kind in ('base', 'entity', 'system', 'alias')),
      service text collate "C", attributes jsonb not null, sort_index double precision,
      is_default boolean not null, alias_of uuid, epoch integer not null, seq bigserial not null,
      constraint nodes_name unique (parent_id, cn))`,
    `create unique index nodes_root on ${schema}.nodes (cn) where parent_id is null`,
    `create unique index nodes_default on ${schema}.nodes (parent_id, object_class)
      where is_default`,
    `create index nodes_sorted on ${schema}.nodes (parent_id, sort_index) where kind = 'entity'`,
    `create index nodes_of_class on ${schema}.nodes (object_class) where kind = 'entity'`,
    `create index nodes_values on ${schema}.nodes
      using gin ((${attributeValues('nodes')}) jsonb_path_ops)`,
  ];
}

function ledger(schema: string): string[] {
  return [
    `create table ${schema}.engagements (node_id text collate "C" not null,
      saga text collate "C" not null, service text collate "C" not null,
      mode text not null check (mode in ('D', 'U', 'M')),
      state text not null check (state in ('asking', 'promised', 'decided')),
      through jsonb not null, actor text collate "C", age text collate "C",
      primary key (node_id, saga))`,
    `create index engagements_of_saga on ${schema}.engagements (saga, service)`,
    `create table ${schema}.promises (service text collate "C" not null,
      node_id text collate "C" not null, saga text collate "C" not null,
      mode text not null check (mode in ('D', 'U')),
      state text not null check (state in ('collecting', 'ok')),
      primary key (service, node_id, saga))`,
    `create index promises_of_saga on ${schema}.promises (saga, service)`,
    `create table ${schema}.node_tombstones (node_id text collate "C" not null,
      service text collate "C" not null, saga text collate "C" not null,
      at_ms double precision not null, primary key (node_id, service, saga))`,
    `create index node_tombstones_aged on ${schema}.node_tombstones (at_ms)`,
    `create table ${schema}.links (service text collate "C" not null,
      node_id text collate "C" not null, generation integer not null, given_up integer not null,
      version integer not null, primary key (service, node_id))`,
    ...unheldSagas(schema),
  ];
}

/** Sagas without an engagement: they wait for their beginning, or were refused. */
function unheldSagas(schema: string): string[] {
  return [
    `create table ${schema}.unheld_sagas (saga text collate "C" not null,
      service text collate "C" not null,
      state text not null check (state in ('waiting', 'refused')),
      mode text not null check (mode in ('D', 'U', 'M')), node_ids jsonb not null,
      actor text collate "C" not null, age text collate "C" not null,
      requested_by text collate "C", at_ms double precision not null, primary key (saga, service))`,
    `create index unheld_sagas_waiting on ${schema}.unheld_sagas (service)
      where state = 'waiting'`,
    `create index unheld_sagas_aged on ${schema}.unheld_sagas (at_ms) where state = 'refused'`,
  ];
}

export const hierarchyMigrations: readonly SqlMigration[] = [
  { name: '001-hierarchy', up: (schema) => [...nodes(schema), ...ledger(schema)] },
];
