/**
 * The statements of `journal-survey.ts`, with the schema written in. Their form is that of
 * `sql-documents.ts`.
 *
 * Invariant: the listing statements read only what the first migration has made, because a database
 * is compared with new code before it is migrated.
 */
import { keysShown } from '../ports/journal-survey.ts';
import { addressOf, listed, oneString, strings } from './sql-documents.ts';

const address = addressOf('t');
const version = 'r(service text, machine text, version integer)';
const sameVersion = 'r.service = v.service and r.machine = v.machine and r.version = v.version';
const versionItem = `json_build_object('service', v.service, 'machine', v.machine,
  'version', v.version)`;

export function surveyStatements(schema: string) {
  return { ...versionStatements(schema), ...listingStatements(schema) };
}

function versionStatements(schema: string) {
  const versions = `${schema}.machine_versions v`;
  return {
    notedVersions: `select coalesce(json_agg(${versionItem}), '[]')::text as document
      from ${versions} where v.service in (select ${strings('$1')})`,
    otherVersions: otherVersions(schema),
    noteVersions: `insert into ${schema}.machine_versions (service, machine, version)
      select service, machine, version from json_to_recordset($1::json) as ${version}
      on conflict do nothing`,
    forgetVersions: `delete from ${versions} using json_to_recordset($1::json) as ${version}
      where ${sameVersion} and not exists (
        select from ${schema}.process_services p, json_to_recordset(p.machines)
          as m(machine text, reads integer)
        where p.service = v.service and m.machine = v.machine and m.reads >= v.version)`,
  };
}

/**
 * Noted versions that are not among `$2`, with number and keys of their actors that have not ended.
 */
function otherVersions(schema: string): string {
  const living = `${schema}.actors a where a.service = v.service and a.machine = v.machine
    and a.machine_version = v.version and a.status = 'active'`;
  return `select coalesce(json_agg(json_build_object('service', v.service, 'machine', v.machine,
      'version', v.version, 'count', n.count, 'keys', coalesce(k.keys, '[]'))
      order by v.service, v.machine, v.version), '[]')::text as document
    from ${schema}.machine_versions v
    cross join lateral (select count(*)::integer as count from ${living}) n
    cross join lateral (select json_agg(s.key order by s.key) as keys
      from (select a.key from ${living} order by a.key limit ${keysShown}) s) k
    where v.service in (select ${strings('$1')}) and not exists (
      select from json_to_recordset($2::json) as ${version} where ${sameVersion})`;
}

function listingStatements(schema: string) {
  const record = `json_build_object('machineVersion', t.machine_version, 'status', t.status,
    'family', t.family)`;
  return {
    listActors: batch(
      `${schema}.actors`,
      `json_build_object('address', ${address}, 'record', ${record})`,
      ['service', 'machine', 'key'],
      `t.status = 'active'`,
    ),
    listTimers: batch(
      `${schema}.timers`,
      `json_build_object('address', ${address}, 'token', t.token, 'dueAtMs', t.due_at_ms,
        'trace', t.trace)`,
      ['service', 'machine', 'key', 'token'],
    ),
    listActivities: batch(
      `${schema}.activities`,
      `json_build_object('address', ${address}, 'token', t.token, 'attempt', t.attempt,
        'notBeforeMs', t.not_before_ms, 'activity', t.activity)`,
      ['service', 'machine', 'key', 'token'],
    ),
    listOutbox: listed(
      `select json_build_object('id', t.id, 'address', ${address}, 'message', t.message) as item,
          t.id
        from ${schema}.outbox_messages t
        where t.service in (select ${strings('$1')}) and t.id > ${oneString('$2')}
        order by t.id limit $3`,
      'id',
    ),
    listHistory: listed(
      `select t.entry as item, t.at_ms, t.id
        from ${schema}.history t, json_to_record($2::json) as after(at_ms double precision, id text)
        where t.at_ms >= after.at_ms and (t.at_ms, t.id) > (after.at_ms, after.id)
          and t.entry->'line'->>'what' = ${oneString('$1')}
          and strpos(t.entry::text, ${oneString('$4')}) > 0
        order by t.at_ms, t.id limit $3`,
      'at_ms, id',
    ),
  };
}

/** Walks the primary key from `$2`, the position where the last batch ended. */
function batch(table: string, item: string, key: readonly string[], where = 'true'): string {
  const columns = (alias: string) => key.map((column) => `${alias}.${column}`).join(', ');
  return listed(
    `select ${item} as item, ${columns('t')}
      from ${table} t, json_to_record($2::json)
        as after(service text, machine text, key text, token text)
      where t.service in (select ${strings('$1')}) and ${where}
        and (${columns('t')}) > (${columns('after')})
      order by ${columns('t')} limit $3`,
    key.join(', '),
  );
}
