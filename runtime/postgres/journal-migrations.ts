/**
 * The journal's tables and the two functions of its hot path.
 *
 * 1. Text that identifies something is compared byte by byte (`collate "C"`): the order of ids is their order in
 *    JavaScript, and comparing is cheap.
 * 2. A turn is committed by one call of `commit_turns`: one round trip and plans that stay prepared, where the same
 *    statements sent one by one cost a round trip and planning each. Without writes the call is the whole transaction.
 * 3. Both functions plan without sequential scans: their plans are made while a table is small and kept while it grows.
 */
import type { SqlMigration } from '../ports/store.ts';
import { commitTurns as commitTurnsNow } from './commit-function.ts';
import { upkeep } from './upkeep-migration.ts';

const address =
  'service text collate "C" not null, machine text collate "C" not null, key text collate "C" not null';

/** Rows that come and go in great numbers: vacuumed by count, not by share. */
const fleeting =
  'with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)';

function tables(schema: string): readonly string[] {
  return [
    `create table ${schema}.actors (${address}, version integer not null, machine_version integer not null, status text not null,
      family json not null, changed_at timestamptz not null default now(), primary key (service, machine, key)) ${fleeting}`,
    `create table ${schema}.inbox (${address}, message_id text collate "C" not null, answer json,
      handled_at timestamptz not null default now(), primary key (service, machine, key, message_id))`,
    `create table ${schema}.outbox (id text collate "C" primary key, ${address}, instance text collate "C" not null,
      message json not null) ${fleeting}`,
    `create index outbox_of_instance on ${schema}.outbox (instance, id)`,
    `create table ${schema}.asks (correlation_id text collate "C" primary key, ${address}, ask json not null)`,
    `create index asks_of_actor on ${schema}.asks (service, machine, key)`,
    `create table ${schema}.timers (${address}, token text collate "C" not null, due_at_ms double precision not null,
      primary key (service, machine, key, token)) ${fleeting}`,
    `create index timers_due on ${schema}.timers (service, due_at_ms)`,
    `create table ${schema}.activities (${address}, token text collate "C" not null, sequence bigint generated always as identity,
      instance text collate "C" not null, attempt integer not null, not_before_ms double precision not null, activity json not null,
      primary key (service, machine, key, token)) ${fleeting}`,
    `create index activities_of_instance on ${schema}.activities (instance, sequence)`,
    `create table ${schema}.history (id text collate "C" primary key, topic text collate "C" not null,
      at_ms double precision not null, entry json not null)`,
    `create index history_of_topic on ${schema}.history (topic, at_ms, id)`,
    `create table ${schema}.dead_letters (id text collate "C" primary key, service text collate "C" not null,
      at_ms double precision not null, letter json not null)`,
    `create index dead_letters_of_service on ${schema}.dead_letters (service, at_ms, id)`,
    `create table ${schema}.instances (instance text collate "C" primary key, beaten_at_ms double precision not null)`,
  ];
}

const planning =
  'set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';

/** `requests`: {n, service, machine, key, cached}; `messages`: {n, service, machine, key, message_id}. Answers with what there is. */
function loadActors(schema: string): string {
  return `create function ${schema}.load_actors(requests json, messages json) returns text language plpgsql stable ${planning} as $body$
begin
  return json_build_object(
    'actors', (select json_agg(case when a.version = r.cached
        then json_build_object('n', r.n, 'version', a.version)
        else json_build_object('n', r.n, 'version', a.version, 'record',
          json_build_object('machineVersion', a.machine_version, 'status', a.status, 'family', a.family)) end)
      from json_to_recordset(requests) as r(n integer, service text, machine text, key text, cached integer)
      join ${schema}.actors a using (service, machine, key)),
    'seen', (select json_agg(case when i.answer is null
        then json_build_object('n', m.n, 'messageId', i.message_id)
        else json_build_object('n', m.n, 'messageId', i.message_id, 'answer', i.answer) end)
      from json_to_recordset(messages) as m(n integer, service text, machine text, key text, message_id text)
      join ${schema}.inbox i using (service, machine, key, message_id)))::text;
end $body$`;
}

/**
 * The actors first: whoever is too late learns it before any work is done, and holds no lock that another waits for.
 * SQLSTATE 40001 is the conflict; a message handled twice shows as a duplicate key of the inbox, which is one as well.
 */
function commitTurns(schema: string): string {
  const actor = 'service text, machine text, key text';
  const sameActor = 't.service = r.service and t.machine = r.machine and t.key = r.key';
  return `create function ${schema}.commit_turns(holder text, expected integer, created json, updated json, removed json, absent json,
  inbox json, answers json, outbox json, asks json, finished json, timers json, timers_ended json, activities json,
  activities_ended json, history json, dead_letters json) returns void language plpgsql ${planning} as $body$
declare
  affected integer;
  changed integer := 0;
begin
  if created is not null then
    insert into ${schema}.actors (service, machine, key, version, machine_version, status, family)
      select r.service, r.machine, r.key, 1, r.machine_version, r.status, coalesce(r.family, 'null')
      from json_to_recordset(created) as r(${actor}, machine_version integer, status text, family json)
      on conflict do nothing;
    get diagnostics affected = row_count;
    changed := changed + affected;
  end if;
  if updated is not null then
    update ${schema}.actors t set version = t.version + 1, machine_version = r.machine_version, status = r.status,
      family = coalesce(r.family, 'null'), changed_at = now()
      from json_to_recordset(updated) as r(${actor}, version integer, machine_version integer, status text, family json)
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
    insert into ${schema}.inbox (service, machine, key, message_id, answer)
      select service, machine, key, message_id, case when answered then coalesce(answer, 'null') end
      from json_to_recordset(inbox) as r(${actor}, message_id text, answered boolean, answer json);
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
  if asks is not null then
    insert into ${schema}.asks (correlation_id, service, machine, key, ask)
      select correlation_id, service, machine, key, ask from json_to_recordset(asks) as r(correlation_id text, ${actor}, ask json)
      on conflict (correlation_id) do update set service = excluded.service, machine = excluded.machine, key = excluded.key,
        ask = excluded.ask;
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
    insert into ${schema}.dead_letters (id, service, at_ms, letter)
      select id, service, at_ms, letter
      from json_to_recordset(dead_letters) as r(id text, service text, at_ms double precision, letter json);
  end if;
end $body$`;
}

/**
 * A plan that is made while a table is known to be empty goes through all of it, by an index where sequential scans are off, for each
 * row that is looked for; and it is kept. Without plain index scans only looking up is left: by a bitmap, which needs a key. That of the
 * timers that are due begins with the service as well, and would do as well in such a plan; partial, it is for due times alone.
 */
function lookUps(schema: string): readonly string[] {
  return [
    `do $body$ declare one regprocedure; begin
       for one in select oid::regprocedure from pg_proc
         where pronamespace = '${schema}'::regnamespace and proname in ('commit_turns', 'load_actors') loop
         execute format('alter function %s set enable_indexscan = off', one);
         execute format('alter function %s set enable_indexonlyscan = off', one);
       end loop;
     end $body$`,
    `drop index ${schema}.timers_due`,
    `create index timers_due on ${schema}.timers (service, due_at_ms) where due_at_ms is not null`,
  ];
}

/**
 * A batch changes the rows of many actors, which stand beside each other because they were made in one batch; where a page has no room for
 * a second form of each, every index of the table gets a new entry.
 */
function roomToUpdate(schema: string): readonly string[] {
  return [
    `alter table ${schema}.actors set (fillfactor = 50)`,
    `alter table ${schema}.asks set (fillfactor = 50)`,
  ];
}

export const journalMigrations: readonly SqlMigration[] = [
  { name: '001-tables', up: tables },
  { name: '002-functions', up: (schema) => [loadActors(schema), commitTurns(schema)] },
  {
    name: '003-progress',
    up: (schema) => [
      `alter table ${schema}.activities add progress json, add progress_at_ms double precision`,
    ],
  },
  { name: '004-upkeep', up: upkeep },
  { name: '005-confirmed', up: (schema) => [commitTurnsNow(schema, { forgets: true })] },
  { name: '006-look-ups', up: lookUps },
  { name: '007-room-to-update', up: roomToUpdate },
];
