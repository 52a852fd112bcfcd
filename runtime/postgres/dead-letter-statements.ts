/**
 * The statements for dead letters, with the schema written in. Their form is that of
 * `sql-documents.ts`.
 */
import { addDeadLetters } from './dead-letter-rows.ts';
import { changedRows, listed, oneString, strings } from './sql-documents.ts';

const item = `json_build_object('id', t.id, 'firstAtMs', t.first_at_ms, 'lastAtMs', t.at_ms,
  'count', t.count, 'replayRequested', t.replay_at_ms is not null, 'deadLetter', t.dead_letter)`;
/** `$1` is a list of ids, `$2` a service or null. */
const selected = `(t.id in (select ${strings('$1')}) or t.service = ${oneString('$2')})`;

export function deadLetterStatements(schema: string) {
  const table = `${schema}.dead_letters t`;
  return {
    addDeadLetter: addDeadLetters(schema, '$1::json'),
    deadLetters: listed(
      `select ${item} as item, t.at_ms, t.id from ${table}
        where t.service in (select ${strings('$1')})
        order by t.at_ms desc, t.id desc limit $2`,
      'at_ms desc, id desc',
    ),
    allDeadLetters: listed(
      `select ${item} as item, t.at_ms, t.id from ${table}
        order by t.at_ms desc, t.id desc limit $1`,
      'at_ms desc, id desc',
    ),
    deadLetter: listed(
      `select ${item} as item, t.id from ${table} where t.id = ${oneString('$1')}`,
      'id',
    ),
    requestReplay: changedRows(
      `update ${table} set replay_at_ms = coalesce(replay_at_ms, $3) where ${selected}`,
    ),
    dropDeadLetters: changedRows(`delete from ${table} where ${selected}`),
    takeReplays: takeReplays(schema),
    endReplays: `delete from ${table} using json_to_recordset($1::json) as r(id text, count integer)
      where t.id = r.id and t.count = r.count`,
  };
}

/**
 * Rows that another process is taking at the same moment are skipped, so no two processes get the
 * same.
 */
function takeReplays(schema: string): string {
  const table = `${schema}.dead_letters t`;
  const isAlive = `select from ${schema}.instances i
    where i.instance = t.replay_instance and i.beaten_at_ms >= $3`;
  return `with found as (
      select t.id from ${table}
      where t.replay_at_ms is not null and t.service in (select ${strings('$2')})
        and (t.replay_instance is null
          or (t.replay_instance <> $1 and not exists (${isAlive})))
      order by t.replay_at_ms, t.id limit $4 for update of t skip locked),
    taken as (
      update ${table} set replay_instance = $1 from found where t.id = found.id
      returning ${item} as item, t.replay_at_ms, t.id)
    select coalesce(json_agg(item order by replay_at_ms, id), '[]')::text as document from taken`;
}
