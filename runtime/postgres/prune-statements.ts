/**
 * What takes old rows out: everything before the moment `$1`, oldest first, at most `$2` rows.
 *
 * 1. Each walks an index of ages, so what is young is not read. Answered questions have none: their table holds living actors' alone, and
 *    an index would cost every answer.
 * 2. Rows that another process is taking out at the same moment are stepped over.
 */
import type { Prunable } from '../ports/retention.ts';

type PrunedHere = Exclude<Prunable, 'tombstones'>;

function taking(table: string, age: string, before: string, order: string): string {
  return `with gone as (
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where ${age} < ${before} ${order} limit $2 for update skip locked)) returning 1)
    select count(*)::text as document from gone`;
}

export function pruneStatements(schema: string): {
  readonly prune: Readonly<Record<PrunedHere, string>>;
} {
  const moment = 'to_timestamp($1::double precision / 1000)';
  return {
    prune: {
      inbox: taking(`${schema}.inbox`, 'handled_at', moment, 'order by handled_at'),
      answered: taking(`${schema}.asks`, 'answered_at', moment, ''),
      finished: taking(`${schema}.actors`, 'ended_at', moment, 'order by ended_at'),
      history: taking(`${schema}.history`, 'at_ms', '$1', 'order by at_ms'),
    },
  };
}
