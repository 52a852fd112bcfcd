/**
 * The tables of the consent ledger.
 *
 * Invariants:
 * - Ids of nodes are text, because a service may depend on nodes of any other program.
 * - Text is compared byte by byte: equal means the same text, and the order of ids is the same
 *   everywhere.
 */
import type { SqlMigration } from '../../../../runtime/ports/store.ts';

function lists(schema: string): string[] {
  return [
    `create table ${schema}.lists (node_id text collate "C" primary key, epoch integer not null)`,
    `create table ${schema}.subscriptions (node_id text collate "C" not null,
      subscriber text collate "C" not null, owner text collate "C" not null,
      routing_key text collate "C", generation integer not null, consent boolean not null,
      primary key (node_id, subscriber))`,
    `create index subscriptions_of_subscriber on ${schema}.subscriptions (owner, subscriber)`,
  ];
}

function sagas(schema: string): string[] {
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
    `create table ${schema}.tombstones (node_id text collate "C" not null,
      service text collate "C" not null, saga text collate "C" not null,
      removed boolean not null, at_ms double precision not null, primary key (node_id, service, saga))`,
    `create index tombstones_aged on ${schema}.tombstones (at_ms)`,
    `create table ${schema}.links (service text collate "C" not null,
      node_id text collate "C" not null, entity text collate "C", generation integer not null, given_up integer not null,
      version integer not null, primary key (service, node_id))`,
    ...unheldSagas(schema),
  ];
}

/** Sagas without an engagement: those that wait for their start, and those that were refused. */
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

/**
 * The time at which the last subscription of a link ended. A link whose subscription ended before
 * this migration gets the time of the migration.
 */
function agedLinks(schema: string): string[] {
  return [
    `alter table ${schema}.links add column given_up_at_ms double precision`,
    `update ${schema}.links set given_up_at_ms = extract(epoch from now()) * 1000
      where generation > 0 and generation <= given_up`,
    `create index links_aged on ${schema}.links (given_up_at_ms)
      where given_up_at_ms is not null`,
  ];
}

/**
 * `guard(service, node)` for rows that a program writes in its own transactions, in the database of
 * the journal. The function raises while the service may not make a row depend on the node, and
 * otherwise raises the version of the link as the write `depend` does. The link stays locked until
 * the end of the transaction, so a question that comes meanwhile sees the row.
 */
function guard(schema: string): string[] {
  return [
    `create function ${schema}.guard(asking text, node text) returns void language plpgsql as $guard$
      declare held_by text;
      begin
        update ${schema}.links set version = version + 1
          where service = asking and node_id = node and generation > given_up;
        if not found then
          raise exception '% is not subscribed to %: subscribe before a row depends on it', asking, node
            using errcode = 'UN001';
        end if;
        if exists (select from ${schema}.tombstones as gone where gone.node_id = node
          and (gone.removed or gone.service = asking)) then
          raise exception '% is deleted', node using errcode = 'UN002';
        end if;
        select saga into held_by from ${schema}.promises as promise
          where promise.service = asking and promise.node_id = node limit 1;
        if held_by is not null then
          raise exception '% has agreed to the saga % about %: try again when it is over', asking, held_by, node
            using errcode = 'UN003';
        end if;
      end $guard$`,
  ];
}

/** Subscriptions from before this migration have no time. */
function subscribedSince(schema: string): string[] {
  return [
    `alter table ${schema}.subscriptions add column since timestamptz`,
    `alter table ${schema}.subscriptions alter column since set default now()`,
  ];
}

/** What voters keep of removed nodes; a row goes when its voter has acknowledged the end. */
function retentions(schema: string): string[] {
  return [
    `create table ${schema}.retentions (node_id text collate "C" not null,
      service text collate "C" not null, saga text collate "C" not null,
      voter text collate "C" not null, until text collate "C" not null, ended boolean not null,
      primary key (node_id, service, saga, voter, until))`,
  ];
}

/** Engagements from before this migration do not tell how many services the saga had passed through. */
function engagementHops(schema: string): string[] {
  return [`alter table ${schema}.engagements add column hops integer`];
}

export const ledgerMigrations: readonly SqlMigration[] = [
  { name: '001-ledger', up: (schema) => [...lists(schema), ...sagas(schema)] },
  {
    name: '002-given-up-links',
    up: agedLinks,
    down: {
      loses: 'when each link was given back',
      statements: (schema) => [`alter table ${schema}.links drop column given_up_at_ms`],
    },
  },
  {
    name: '003-guard',
    up: guard,
    down: {
      loses: 'the function guard, which rows of programs may call',
      statements: (schema) => [`drop function ${schema}.guard(text, text)`],
    },
  },
  {
    name: '004-subscribed-since',
    up: subscribedSince,
    down: {
      loses: 'since when each service is subscribed',
      statements: (schema) => [`alter table ${schema}.subscriptions drop column since`],
    },
  },
  {
    name: '005-retentions',
    up: retentions,
    down: {
      loses: 'which ends of retentions no voter has acknowledged',
      statements: (schema) => [`drop table ${schema}.retentions`],
    },
  },
  {
    name: '006-engagement-hops',
    up: engagementHops,
    down: {
      loses: 'how many services each saga had passed through when it engaged a node',
      statements: (schema) => [`alter table ${schema}.engagements drop column hops`],
    },
  },
];
