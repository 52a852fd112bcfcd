/**
 * The tables of the hierarchy.
 *
 * Invariants:
 * - Ids of nodes are UUIDs.
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
      is_default boolean not null, alias_of uuid, version integer not null, seq bigserial not null,
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

/** A name without regard to case, short enough for an index. */
export const foldHash = (folded: string) => `hashtextextended(${folded}, 0)`;

/** `folded`: `cn` without regard to case, as `name-fold.ts` folds it. */
function foldedNames(schema: string): string[] {
  return [
    `alter table ${schema}.nodes add folded text collate "C"`,
    `update ${schema}.nodes set folded = lower(cn collate "default")`,
    `alter table ${schema}.nodes alter folded set not null`,
    `create index nodes_folded on ${schema}.nodes (parent_id, ${foldHash('folded')})`,
  ];
}

/** Entities by name, for a search with a whole name or the beginning of a name. */
function names(schema: string): string[] {
  return [`create index nodes_names on ${schema}.nodes (cn) where kind = 'entity'`];
}

/** A link goes with either of its nodes. */
function links(schema: string): string[] {
  return [
    `create table ${schema}.links (node_id uuid not null references ${schema}.nodes on delete cascade,
      name text collate "C" not null, linked_id uuid not null references ${schema}.nodes on delete cascade,
      attributes jsonb not null, primary key (node_id, name, linked_id))`,
    `create index links_linked on ${schema}.links (linked_id)`,
  ];
}

export const hierarchyMigrations: readonly SqlMigration[] = [
  { name: '001-hierarchy', up: (schema) => nodes(schema) },
  {
    name: '002-folded-names',
    up: foldedNames,
    down: {
      loses: 'nothing: the folded names are made from the names',
      statements: (schema) => [`alter table ${schema}.nodes drop column folded`],
    },
  },
  {
    name: '003-names',
    up: names,
    down: {
      loses: 'nothing: an index',
      statements: (schema) => [`drop index ${schema}.nodes_names`],
    },
  },
  {
    name: '004-links',
    up: links,
    down: {
      loses: 'every link between nodes',
      statements: (schema) => [`drop table ${schema}.links`],
    },
  },
];
