/** The function that loads actors and the inbox entries of their messages in one round trip. */
import { functionPlanning } from './function-planning.ts';

/**
 * `requests`: a list of {n, service, machine, key, cached}; `messages`: a list of {n, service,
 * machine, key, message_id}. The answer is a JSON text with the lists `actors` and `seen`; a list
 * without rows is null.
 */
export function loadActors(schema: string): string {
  return `create function ${schema}.load_actors(requests json, messages json)
  returns text language plpgsql stable ${functionPlanning} as $body$
begin
  return json_build_object(
    'actors', (select json_agg(case when a.version = r.cached
        then json_build_object('n', r.n, 'version', a.version)
        else json_build_object('n', r.n, 'version', a.version, 'record', json_build_object(
          'machineVersion', a.machine_version, 'status', a.status, 'family', a.family)) end)
      from json_to_recordset(requests)
        as r(n integer, service text, machine text, key text, cached integer)
      join ${schema}.actors a using (service, machine, key)),
    'seen', (select json_agg(case when i.answer is null
        then json_build_object('n', m.n, 'messageId', i.message_id, 'digest', i.digest)
        else json_build_object('n', m.n, 'messageId', i.message_id, 'digest', i.digest,
          'answer', i.answer) end)
      from json_to_recordset(messages)
        as m(n integer, service text, machine text, key text, message_id text)
      join ${schema}.inbox i using (service, machine, key, message_id)))::text;
end $body$`;
}
