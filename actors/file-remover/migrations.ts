/**
 * The table of the receipts. URLs are found by their hash: a URL may be longer than an index entry.
 */
import type { SqlMigration } from '../../runtime/ports/store.ts';

export const filesMigrations: readonly SqlMigration[] = [
  {
    name: '001-tables',
    up: (schema) => [
      `create table ${schema}.receipts (id text collate "C" primary key, url text not null, card_id text collate "C",
        state text not null check (state in ('queued', 'removed', 'failed')), bytes double precision, sha256 text,
        removed_at_ms double precision, attempts integer not null, note text)`,
      `create index receipts_of_card on ${schema}.receipts (card_id)`,
      `create index receipts_of_url on ${schema}.receipts using hash (url)`,
    ],
  },
  {
    name: '002-time-of-a-failure',
    up: (schema) => [`alter table ${schema}.receipts add column failed_at_ms double precision`],
    down: {
      loses: 'when each removal has failed',
      statements: (schema) => [`alter table ${schema}.receipts drop column failed_at_ms`],
    },
  },
  {
    name: '003-evidence-of-a-server',
    up: (schema) => [`alter table ${schema}.receipts add column evidence jsonb`],
    down: {
      loses: 'the evidence of servers in the receipts',
      statements: (schema) => [`alter table ${schema}.receipts drop column evidence`],
    },
  },
  {
    name: '004-quarantine',
    up: (schema) => [
      `alter table ${schema}.receipts drop constraint receipts_state_check`,
      `alter table ${schema}.receipts add constraint receipts_state_check
        check (state in ('queued', 'quarantined', 'removed', 'restored', 'failed'))`,
    ],
    down: {
      loses: 'nothing: it is refused while a receipt is quarantined or restored',
      statements: (schema) => [
        `alter table ${schema}.receipts drop constraint receipts_state_check`,
        `alter table ${schema}.receipts add constraint receipts_state_check
          check (state in ('queued', 'removed', 'failed'))`,
      ],
    },
  },
  {
    name: '005-kept-files',
    up: (schema) => [
      `alter table ${schema}.receipts drop constraint receipts_state_check`,
      `alter table ${schema}.receipts add constraint receipts_state_check
        check (state in ('queued', 'quarantined', 'removed', 'restored', 'kept', 'failed'))`,
    ],
    down: {
      loses: 'nothing: it is refused while a receipt is kept',
      statements: (schema) => [
        `alter table ${schema}.receipts drop constraint receipts_state_check`,
        `alter table ${schema}.receipts add constraint receipts_state_check
          check (state in ('queued', 'quarantined', 'removed', 'restored', 'failed'))`,
      ],
    },
  },
];
