/**
 * The statements of `journal-processes.ts`, with the schema written in. Their form is that of
 * `sql-documents.ts`.
 */
import { listed, strings } from './sql-documents.ts';

export function processStatements(schema: string) {
  const released = `${schema}.released_versions`;
  return {
    announce: `insert into ${schema}.process_services (instance, service, machines, yielded)
      select $1, service, machines, yielded
      from json_to_recordset($2::json) as r(service text, machines json, yielded boolean)
      on conflict (instance, service) do update
        set machines = excluded.machines, yielded = excluded.yielded`,
    processes: listed(
      `select json_build_object('instance', p.instance, 'service', p.service,
          'machines', p.machines, 'yielded', p.yielded) as item, p.service, p.instance
        from ${schema}.process_services p join ${schema}.instances i using (instance)
        where p.service in (select ${strings('$1')}) and i.beaten_at_ms >= $2`,
      'service, instance',
    ),
    beating: listed(
      `select json_build_object('instance', instance, 'beatenAtMs', beaten_at_ms, 'state', state,
          'quietMs', extract(epoch from statement_timestamp()) * 1000 - beaten_at_ms) as item, instance
        from ${schema}.instances`,
      'instance',
    ),
    heldOutboxes: listed(
      `select json_build_object('service', service, 'instance', instance,
          'messages', count(*), 'oldestId', min(id)) as item, service, instance
        from ${schema}.outbox_messages where service in (select ${strings('$1')})
        group by service, instance`,
      'service, instance',
    ),
    releaseVersion: `insert into ${released} (service, machine, version)
      select service, machine, version
      from json_to_recordset($1::json) as r(service text, machine text, version integer)
      on conflict do nothing`,
    releasedVersions: listed(
      `select json_build_object('service', service, 'machine', machine, 'version', version) as item,
          service, machine, version
        from ${released} where service in (select ${strings('$1')})`,
      'service, machine, version',
    ),
  };
}
