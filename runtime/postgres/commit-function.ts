/**
 * The function that commits a batch of turns.
 *
 * 1. Its plans are made while tables are small and kept while they grow: it plans without sequential scans.
 * 2. What else it must not plan with was found later and stands in `006-look-ups`; a form that is made after that names it itself.
 * 3. A released migration stays as it was. Whoever changes what this function says gives it another list of arguments, or another name.
 */
import { addDeadLetters } from './dead-letter-rows.ts';

const planning =
  'set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';

function forgetting(schema: string): string {
  return `  if confirmed is not null then
    delete from ${schema}.outbox where id in (select json_array_elements_text(confirmed));
  end if;
`;
}

/**
 * The actors first: whoever is too late learns it before any work is done, and holds no lock that another waits for.
 * SQLSTATE 40001 is the conflict; a message handled twice shows as a duplicate key of the inbox, which is one as well.
 * `forgets`: it takes along which messages have been confirmed since.
 */
export function commitTurns(schema: string, { forgets = false } = {}): string {
  const actor = 'service text, machine text, key text';
  const at = 'to_timestamp(r.at_ms / 1000)';
  const sameActor = 't.service = r.service and t.machine = r.machine and t.key = r.key';
  return `create function ${schema}.commit_turns(holder text, expected integer, created json, updated json, removed json, absent json,
  inbox json, inbox_repeated json, answers json, outbox json, asks json, asks_answered json, finished json, timers json,
  timers_ended json, activities json, activities_ended json, history json, dead_letters json${forgets ? ', confirmed json' : ''}) returns void language plpgsql ${planning} as $body$
declare
  affected integer;
  changed integer := 0;
begin
  if created is not null then
    insert into ${schema}.actors (service, machine, key, version, machine_version, status, family, changed_at)
      select r.service, r.machine, r.key, 1, r.machine_version, r.status, coalesce(r.family, 'null'), ${at}
      from json_to_recordset(created) as r(${actor}, at_ms double precision, machine_version integer, status text, family json)
      on conflict do nothing;
    get diagnostics affected = row_count;
    changed := changed + affected;
  end if;
  if updated is not null then
    update ${schema}.actors t set version = t.version + 1, machine_version = r.machine_version, status = r.status,
      family = coalesce(r.family, 'null'), changed_at = ${at}
      from json_to_recordset(updated)
        as r(${actor}, at_ms double precision, version integer, machine_version integer, status text, family json)
      where ${sameActor} and t.version = r.version;
    get diagnostics affected = row_count;
    changed := changed + affected;
  end if;
  if removed is not null then
    delete from ${schema}.actors t using json_to_recordset(removed) as r(${actor}, version integer)
      where ${sameActor} and t.version = r.version;
    get diagnostics affected = row_count;
    changed := changed + affected;
  end if;
  if changed <> expected or (absent is not null and exists
    (select from json_to_recordset(absent) as r(${actor}) join ${schema}.actors t on ${sameActor})) then
    raise exception 'version-conflict' using errcode = '40001';
  end if;
  if inbox is not null then
    insert into ${schema}.inbox (service, machine, key, message_id, answer, handled_at)
      select service, machine, key, message_id, case when answered then coalesce(answer, 'null') end, ${at}
      from json_to_recordset(inbox) as r(${actor}, at_ms double precision, message_id text, answered boolean, answer json);
  end if;
  if inbox_repeated is not null then
    update ${schema}.inbox t set handled_at = ${at}
      from json_to_recordset(inbox_repeated) as r(${actor}, at_ms double precision, message_id text)
      where ${sameActor} and t.message_id = r.message_id;
  end if;
  if answers is not null then
    update ${schema}.inbox t set answer = coalesce(r.answer, 'null')
      from json_to_recordset(answers) as r(${actor}, message_id text, answer json)
      where ${sameActor} and t.message_id = r.message_id;
  end if;
  if outbox is not null then
    insert into ${schema}.outbox (id, service, machine, key, instance, message)
      select id, service, machine, key, holder, message from json_to_recordset(outbox) as r(id text, ${actor}, message json);
  end if;
  if asks_answered is not null then
    update ${schema}.asks t set answered_at = ${at}
      from json_to_recordset(asks_answered) as r(correlation_id text, at_ms double precision) where t.correlation_id = r.correlation_id;
  end if;
  if asks is not null then
    insert into ${schema}.asks (correlation_id, service, machine, key, ask)
      select correlation_id, service, machine, key, ask from json_to_recordset(asks) as r(correlation_id text, ${actor}, ask json)
      on conflict (correlation_id) do update set service = excluded.service, machine = excluded.machine, key = excluded.key,
        ask = excluded.ask, answered_at = null;
  end if;
  if finished is not null then
    delete from ${schema}.asks t using json_to_recordset(finished) as r(${actor}) where ${sameActor};
  end if;
  if timers is not null then
    insert into ${schema}.timers (service, machine, key, token, due_at_ms)
      select service, machine, key, token, due_at_ms
      from json_to_recordset(timers) as r(${actor}, token text, due_at_ms double precision);
  end if;
  if timers_ended is not null then
    delete from ${schema}.timers t using json_to_recordset(timers_ended) as r(${actor}, token text)
      where ${sameActor} and t.token = r.token;
  end if;
  if activities is not null then
    insert into ${schema}.activities (service, machine, key, token, instance, attempt, not_before_ms, activity)
      select service, machine, key, token, holder, attempt, not_before_ms, activity
      from json_to_recordset(activities) as r(${actor}, token text, attempt integer, not_before_ms double precision, activity json);
  end if;
  if activities_ended is not null then
    delete from ${schema}.activities t using json_to_recordset(activities_ended) as r(${actor}, token text)
      where ${sameActor} and t.token = r.token;
  end if;
  if history is not null then
    insert into ${schema}.history (id, topic, at_ms, entry)
      select id, topic, at_ms, entry from json_to_recordset(history) as r(id text, topic text, at_ms double precision, entry json);
  end if;
  if dead_letters is not null then
    ${addDeadLetters(schema, 'dead_letters')};
  end if;
${forgets ? forgetting(schema) : ''}end $body$`;
}
