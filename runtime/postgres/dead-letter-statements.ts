/** The statements of the dead letters, with the schema written in. They answer as those of `journal-statements.ts` do. */
import { addDeadLetters } from './dead-letter-rows.ts';

const item = `json_build_object('id', t.id, 'firstAtMs', coalesce(t.first_at_ms, t.at_ms), 'lastAtMs', t.at_ms, 'count', t.count,
  'replayRequested', t.replay_at_ms is not null, 'letter', t.letter)`;
const strings = (parameter: string) => `json_array_elements_text(${parameter}::json)`;
/** `$1` is a list of ids and `$2` a service, one of which is null. */
const selected = `(t.id in (select ${strings('$1')}) or t.service = (select ${strings('$2')}))`;

function counted(change: string): string {
  return `with changed as (${change} returning 1) select count(*)::text as document from changed`;
}

export function deadLetterStatements(schema: string) {
  const table = `${schema}.dead_letters t`;
  return {
    addDeadLetter: addDeadLetters(schema, '$1::json'),
    deadLetters: `select coalesce(json_agg(item order by at_ms desc, id desc), '[]')::text as document from (
      select ${item} as item, t.at_ms, t.id from ${table} where t.service in (select ${strings('$1')})
        order by t.at_ms desc, t.id desc limit $2) listed`,
    deadLetter: `select coalesce(json_agg(${item}), '[]')::text as document from ${table} where t.id = (select ${strings('$1')})`,
    requestReplay: counted(
      `update ${table} set replay_at_ms = coalesce(replay_at_ms, $3) where ${selected}`,
    ),
    dropDeadLetters: counted(`delete from ${table} where ${selected}`),
    takeReplays: `with found as (
        select t.id from ${table} where t.replay_at_ms is not null and t.service in (select ${strings('$2')})
          and (t.replay_instance is null or (t.replay_instance <> $1 and not exists
            (select from ${schema}.instances i where i.instance = t.replay_instance and i.beaten_at_ms >= $3)))
        order by t.replay_at_ms, t.id limit $4 for update of t skip locked),
      taken as (
        update ${table} set replay_instance = $1 from found where t.id = found.id returning ${item} as item, t.replay_at_ms, t.id)
      select coalesce(json_agg(item order by replay_at_ms, id), '[]')::text as document from taken`,
    endReplays: `delete from ${table} using json_to_recordset($1::json) as r(id text, count integer)
      where t.id = r.id and t.count = r.count`,
  };
}
