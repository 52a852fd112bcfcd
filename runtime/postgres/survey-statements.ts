/**
 * The statements of `journal-survey.ts`, with the schema written in. They answer as those of `journal-statements.ts` do. Those that list
 * read what the first migration made: a database is compared with new code before it is migrated.
 */
import { keysShown } from '../ports/journal-survey.ts';

const strings = (parameter: string) => `json_array_elements_text(${parameter}::json)`;
const address = `json_build_object('service', t.service, 'machine', t.machine, 'key', t.key)`;
const version = 'r(service text, machine text, version integer)';

/** Walks the primary key from where the batch before ended; `$2` is that place. */
function listed(table: string, item: string, place: string, where = 'true'): string {
  const columns = place.split(', ').map((column) => `t.${column}`);
  return `select coalesce(json_agg(item order by ${place}), '[]')::text as document from (
    select ${item} as item, ${columns.join(', ')} from ${table} t,
      json_to_record($2::json) as after(service text, machine text, key text, token text)
    where t.service in (select ${strings('$1')}) and ${where}
      and (${columns.join(', ')}) > (${place
        .split(', ')
        .map((column) => `after.${column}`)
        .join(', ')})
    order by ${columns.join(', ')} limit $3) listed`;
}

export function surveyStatements(schema: string) {
  const record = `json_build_object('machineVersion', t.machine_version, 'status', t.status, 'family', t.family)`;
  const activity = `json_build_object('address', ${address}, 'token', t.token, 'attempt', t.attempt, 'notBeforeMs', t.not_before_ms,
    'activity', t.activity)`;
  return {
    notedVersions: `select coalesce(json_agg(json_build_object('service', v.service, 'machine', v.machine, 'version', v.version)), '[]')::text
      as document from ${schema}.machine_versions v where v.service in (select ${strings('$1')})`,
    otherVersions: `select coalesce(json_agg(json_build_object('service', v.service, 'machine', v.machine, 'version', v.version,
        'count', n.count, 'keys', coalesce(k.keys, '[]')) order by v.service, v.machine, v.version), '[]')::text as document
      from ${schema}.machine_versions v cross join lateral (
        select count(*)::integer as count from ${schema}.actors a where a.service = v.service and a.machine = v.machine
          and a.machine_version = v.version and a.status = 'active') n cross join lateral (
        select json_agg(s.key order by s.key) as keys from (select a.key from ${schema}.actors a where a.service = v.service
          and a.machine = v.machine and a.machine_version = v.version and a.status = 'active' order by a.key limit ${keysShown}) s) k
      where v.service in (select ${strings('$1')}) and not exists (select from json_to_recordset($2::json) as ${version}
        where r.service = v.service and r.machine = v.machine and r.version = v.version)`,
    noteVersions: `insert into ${schema}.machine_versions (service, machine, version)
      select service, machine, version from json_to_recordset($1::json) as ${version} on conflict do nothing`,
    forgetVersions: `delete from ${schema}.machine_versions v using json_to_recordset($1::json) as ${version}
      where r.service = v.service and r.machine = v.machine and r.version = v.version`,
    listActors: listed(
      `${schema}.actors`,
      `json_build_object('address', ${address}, 'record', ${record})`,
      'service, machine, key',
      `t.status = 'active'`,
    ),
    listTimers: listed(
      `${schema}.timers`,
      `json_build_object('address', ${address}, 'token', t.token, 'dueAtMs', t.due_at_ms)`,
      'service, machine, key, token',
    ),
    listActivities: listed(`${schema}.activities`, activity, 'service, machine, key, token'),
    listOutbox: `select coalesce(json_agg(item order by id), '[]')::text as document from (
      select json_build_object('id', t.id, 'address', ${address}, 'message', t.message) as item, t.id from ${schema}.outbox t
      where t.service in (select ${strings('$1')}) and t.id > (select ${strings('$2')}) order by t.id limit $3) listed`,
  };
}
