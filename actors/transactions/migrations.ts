/**
 * The table of the transactions. Addresses are compared byte by byte: equal means the same text,
 * and they sort as in JavaScript.
 */
import type { SqlMigration } from '../../runtime/ports/store.ts';

export const transactionsMigrations: readonly SqlMigration[] = [
  {
    name: '001-tables',
    up: (schema) => [
      `create table ${schema}.transactions (address text collate "C" primary key,
        state text not null check (state in ('PENDING', 'DELETE', 'CONFIRMED')), card_id text collate "C", version integer not null,
        at_ms double precision not null)`,
      `create index transactions_of_card on ${schema}.transactions (card_id)`,
    ],
  },
  {
    name: '002-failed',
    up: (schema) => [
      `alter table ${schema}.transactions add column reason text`,
      `alter table ${schema}.transactions drop constraint transactions_state_check`,
      `alter table ${schema}.transactions add constraint transactions_state_check
        check (state in ('PENDING', 'DELETE', 'CONFIRMED', 'FAILED'))`,
    ],
    down: {
      loses: 'the reasons of transactions; it is refused while a transaction has failed',
      statements: (schema) => [
        `alter table ${schema}.transactions drop column reason`,
        `alter table ${schema}.transactions drop constraint transactions_state_check`,
        `alter table ${schema}.transactions add constraint transactions_state_check
          check (state in ('PENDING', 'DELETE', 'CONFIRMED'))`,
      ],
    },
  },
];
