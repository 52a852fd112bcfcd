/** The tables of the burns. Ids are compared byte by byte: equal means the same text. */
import type { SqlMigration } from '../../runtime/ports/store.ts';

export const chainMigrations: readonly SqlMigration[] = [
  {
    name: '001-burns',
    up: (schema) => [
      `create table ${schema}.burns (id text collate "C" primary key, token jsonb not null,
        state text not null check (state in ('open', 'burned', 'failed')),
        hash text, block bigint, reason text, at_ms double precision not null)`,
      `create index burns_ended on ${schema}.burns (at_ms) where state <> 'open'`,
      `create table ${schema}.accounts (chain bigint not null, account text not null,
        next bigint not null, primary key (chain, account))`,
      `create table ${schema}.nonces (chain bigint not null, account text not null,
        nonce bigint not null, burn_id text collate "C" not null,
        primary key (chain, account, nonce))`,
      `create index nonces_of_burn on ${schema}.nonces (burn_id, nonce)`,
      `create table ${schema}.signed (hash text primary key, chain bigint not null,
        account text not null, nonce bigint not null, burn_id text collate "C" not null,
        raw text not null, at_ms double precision not null)`,
      `create index signed_of_burn on ${schema}.signed (burn_id, nonce, at_ms)`,
    ],
  },
];
