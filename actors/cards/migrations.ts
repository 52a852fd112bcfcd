/** The tables of the cards. Ids are compared byte by byte: equal means the same text. */
import type { SqlMigration } from '../../runtime/ports/store.ts';

export const cardsMigrations: readonly SqlMigration[] = [
  {
    name: '001-cards',
    up: (schema) => [
      `create table ${schema}.cards (id text collate "C" primary key, owner text not null,
        kind text not null check (kind in ('db', 'erc')),
        state text not null check (state in ('active', 'deleted')),
        transaction text, metadata jsonb not null, version integer not null)`,
      `create table ${schema}.tombstones (id text collate "C" primary key, owner text not null,
        at_ms double precision not null)`,
      `create index tombstones_aged on ${schema}.tombstones (at_ms)`,
    ],
  },
  {
    name: '002-listed-files',
    up: (schema) => [
      `create table ${schema}.listed_files (digest text collate "C" primary key,
        cards integer not null check (cards >= 0))`,
      `insert into ${schema}.listed_files (digest, cards)
        select encode(sha256(convert_to(url, 'UTF8')), 'hex'), count(distinct id)
        from ${schema}.cards, jsonb_array_elements_text(metadata->'must_be_deleted_files') as url group by 1`,
    ],
  },
  {
    name: '003-cards-of-an-owner',
    up: (schema) => [`create index cards_of_owner on ${schema}.cards (owner, id)`],
    down: {
      loses: 'nothing: an index',
      statements: (schema) => [`drop index ${schema}.cards_of_owner`],
    },
  },
  {
    name: '004-queues-of-locks',
    up: (schema) => [
      `create sequence ${schema}.tickets`,
      `create table ${schema}.locks (name text collate "C" primary key, last bigint not null)`,
      `create table ${schema}.queue (card_id text collate "C" primary key,
        lock text collate "C" not null, ticket bigint not null)`,
      `create index queue_of_lock on ${schema}.queue (lock, ticket)`,
    ],
    down: {
      loses: 'the order in which cards wait for their locks',
      statements: (schema) => [
        `drop table ${schema}.queue`,
        `drop table ${schema}.locks`,
        `drop sequence ${schema}.tickets`,
      ],
    },
  },
  {
    name: '005-tokens',
    up: (schema) => [`alter table ${schema}.cards add column token jsonb`],
    down: {
      loses: 'the tokens of cards that have one',
      statements: (schema) => [`alter table ${schema}.cards drop column token`],
    },
  },
];
