/**
 * The migrations of the journal: its tables and the two functions of its hot path.
 *
 * Invariants:
 * - A turn is committed by one call of `commit_traced_turns`: one round trip, and plans that stay
 *   prepared. The same statements sent one by one cost a round trip and planning each. Without
 *   store writes, the call is the whole transaction.
 * - A released migration never changes. A later version adds a migration with a new name.
 */
import type { SqlMigration } from '../ports/store.ts';
import { commitTracedTurns, commitTurns } from './commit-function.ts';
import {
  journalSecret,
  journalTables,
  largeValues,
  processStates,
  processTables,
  timerTraces,
} from './journal-tables.ts';
import { loadActors } from './load-function.ts';
import { outboxPackTables, unpackedOutbox } from './outbox-packs.ts';

export const journalMigrations: readonly SqlMigration[] = [
  {
    name: '001-journal',
    up: (schema) => [...journalTables(schema), loadActors(schema), commitTurns(schema)],
  },
  { name: '002-secret', up: journalSecret },
  {
    name: '003-processes',
    up: processTables,
    down: {
      loses: 'released versions of machines, and outcomes of activities that wait for a process',
      statements: (schema) => [
        `drop table ${schema}.process_services`,
        `drop table ${schema}.released_versions`,
        `alter table ${schema}.activities drop column outcome`,
      ],
    },
  },
  {
    name: '004-process-states',
    up: processStates,
    down: {
      loses: 'the words of each process about itself, until its next heartbeat',
      statements: (schema) => [`alter table ${schema}.instances drop column state`],
    },
  },
  {
    name: '005-traces',
    up: (schema) => [...timerTraces(schema), commitTracedTurns(schema)],
    down: {
      loses: 'the traces of timers that wait',
      statements: (schema) => [
        `drop function ${schema}.commit_traced_turns`,
        `alter table ${schema}.timers drop column trace`,
      ],
    },
  },
  {
    name: '006-outbox-packs',
    up: outboxPackTables,
    down: {
      loses: 'nothing: messages that wait in packs become rows of the outbox',
      statements: unpackedOutbox,
    },
  },
  {
    name: '007-large-values',
    up: (schema) => largeValues(schema, 'lz4'),
    down: {
      loses: 'nothing: values that are stored stay readable',
      statements: (schema) => largeValues(schema, 'default'),
    },
  },
];
