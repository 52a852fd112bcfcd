/**
 * The statements that delete old rows: rows older than the moment `$1`, oldest first, at most `$2`.
 *
 * Invariants:
 * - By index: each statement walks an index of ages, so young rows are not read. Answered questions
 *   have no such index: their table holds only questions of living actors, and an index would cost
 *   every answer.
 * - Rows that another process is deleting at the same moment are skipped.
 */
import type { Prunable } from '../ports/retention.ts';
import { changedRows } from './sql-documents.ts';

/** The stores delete tombstones themselves. */
type JournalPrunable = Exclude<Prunable, 'tombstones'>;

function pruning(table: string, age: string, before: string, order: string): string {
  return changedRows(`delete from ${table} where ctid = any(array(
    select ctid from ${table} where ${age} < ${before} ${order} limit $2
    for update skip locked))`);
}

export function pruneStatements(schema: string): {
  readonly prune: Readonly<Record<JournalPrunable, string>>;
} {
  const moment = 'to_timestamp($1::double precision / 1000)';
  return {
    prune: {
      inbox: pruning(`${schema}.inbox`, 'handled_at', moment, 'order by handled_at'),
      answered: pruning(`${schema}.asks`, 'answered_at', moment, ''),
      finished: pruning(`${schema}.actors`, 'ended_at', moment, 'order by ended_at'),
      history: pruning(`${schema}.history`, 'at_ms', '$1', 'order by at_ms'),
    },
  };
}
