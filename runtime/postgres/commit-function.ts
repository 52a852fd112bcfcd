/**
 * The function that commits a batch of turns. `commit-documents.ts` makes its arguments.
 *
 * Invariants:
 * - Actors first: a commit that is too late fails before it has done any other work, and holds no
 *   lock that another commit waits for.
 * - Conflict: SQLSTATE 40001. A message that was handled before shows as a duplicate key of the
 *   inbox, which is a conflict too.
 * - A null argument is an empty list: its table is not touched.
 * - A released function never changes. A later version has another list of arguments, or another
 *   name.
 */
import { addDeadLetters } from './dead-letter-rows.ts';
import { functionPlanning } from './function-planning.ts';

const actor = 'service text, machine text, key text';
const at = 'at_ms double precision';
const moment = 'to_timestamp(r.at_ms / 1000)';
const sameActor = 't.service = r.service and t.machine = r.machine and t.key = r.key';
const sameToken = `${sameActor} and t.token = r.token`;

/** The list arguments, in their order. */
export const commitLists = [
  'created',
  'updated',
  'removed',
  'absent',
  'inbox',
  'inbox_repeated',
  'answers',
  'outbox',
  'asks',
  'asks_answered',
  'askers_ended',
  'finished',
  'timers',
  'timers_ended',
  'activities',
  'activities_ended',
  'history',
  'dead_letters',
  'confirmed',
] as const;

export type CommitList = (typeof commitLists)[number];

/** The function whose timers keep their trace. The older one stays for older processes. */
export function commitTracedTurns(schema: string): string {
  return commitFunction(schema, 'commit_traced_turns', { column: ', trace', type: ', trace json' });
}

export function commitTurns(schema: string): string {
  return commitFunction(schema, 'commit_turns', { column: '', type: '' });
}

/** The last column of the timers, where the function knows the column. */
type TraceColumn = { readonly column: string; readonly type: string };

function commitFunction(schema: string, name: string, trace: TraceColumn): string {
  const lists = commitLists.map((name) => `${name} json`).join(', ');
  return `create function ${schema}.${name}(holder text, expected integer, ${lists})
  returns void language plpgsql ${functionPlanning} as $body$
declare
  affected integer;
  changed integer := 0;
begin
${[...actorChanges(schema), ...rowChanges(schema, trace)].join('\n')}
end $body$`;
}

/** Runs `statement` when the list has rows. */
function whenGiven(list: CommitList, statement: string): string {
  return `  if ${list} is not null then
    ${statement};
  end if;`;
}

function counted(list: CommitList, statement: string): string {
  return whenGiven(
    list,
    `${statement};
    get diagnostics affected = row_count;
    changed := changed + affected`,
  );
}

function actorChanges(schema: string): readonly string[] {
  const actors = `${schema}.actors`;
  const record = 'machine_version integer, status text, family json';
  return [
    counted(
      'created',
      `insert into ${actors}
      (service, machine, key, version, machine_version, status, family, changed_at)
      select r.service, r.machine, r.key, 1, r.machine_version, r.status,
        coalesce(r.family, 'null'), ${moment}
      from json_to_recordset(created) as r(${actor}, ${at}, ${record})
      on conflict do nothing`,
    ),
    counted(
      'updated',
      `update ${actors} t set version = t.version + 1, machine_version = r.machine_version,
      status = r.status, family = coalesce(r.family, 'null'), changed_at = ${moment}
      from json_to_recordset(updated) as r(${actor}, ${at}, version integer, ${record})
      where ${sameActor} and t.version = r.version`,
    ),
    counted(
      'removed',
      `delete from ${actors} t using json_to_recordset(removed) as r(${actor}, version integer)
      where ${sameActor} and t.version = r.version`,
    ),
    `  if changed <> expected or (absent is not null and exists (
      select from json_to_recordset(absent) as r(${actor}) join ${actors} t on ${sameActor})) then
    raise exception 'version-conflict' using errcode = '40001';
  end if;`,
  ];
}

function rowChanges(schema: string, trace: TraceColumn): readonly string[] {
  return [
    ...messageChanges(schema),
    ...askChanges(schema),
    ...timerChanges(schema, trace),
    ...activityChanges(schema),
    whenGiven(
      'history',
      `insert into ${schema}.history (id, topic, at_ms, entry)
      select id, topic, at_ms, entry
      from json_to_recordset(history) as r(id text, topic text, ${at}, entry json)`,
    ),
    whenGiven('dead_letters', addDeadLetters(schema, 'dead_letters')),
    whenGiven(
      'confirmed',
      `delete from ${schema}.outbox where id in (select json_array_elements_text(confirmed))`,
    ),
  ];
}

function messageChanges(schema: string): readonly string[] {
  const inbox = `${schema}.inbox`;
  const sameMessage = `${sameActor} and t.message_id = r.message_id`;
  return [
    whenGiven(
      'inbox',
      `insert into ${inbox} (service, machine, key, message_id, digest, answer, handled_at)
      select service, machine, key, message_id, digest,
        case when answered then coalesce(answer, 'null') end, ${moment}
      from json_to_recordset(inbox)
        as r(${actor}, ${at}, message_id text, digest text, answered boolean, answer json)`,
    ),
    whenGiven(
      'inbox_repeated',
      `update ${inbox} t set handled_at = ${moment}
      from json_to_recordset(inbox_repeated) as r(${actor}, ${at}, message_id text)
      where ${sameMessage}`,
    ),
    whenGiven(
      'answers',
      `update ${inbox} t set answer = coalesce(r.answer, 'null')
      from json_to_recordset(answers) as r(${actor}, message_id text, answer json)
      where ${sameMessage}`,
    ),
    whenGiven(
      'outbox',
      `insert into ${schema}.outbox (id, service, machine, key, instance, message)
      select id, service, machine, key, holder, message
      from json_to_recordset(outbox) as r(id text, ${actor}, message json)`,
    ),
  ];
}

function askChanges(schema: string): readonly string[] {
  const asks = `${schema}.asks`;
  return [
    whenGiven(
      'asks_answered',
      `update ${asks} t set answered_at = ${moment}
      from json_to_recordset(asks_answered) as r(correlation_id text, ${at})
      where t.correlation_id = r.correlation_id`,
    ),
    whenGiven(
      'askers_ended',
      `delete from ${asks} t using json_to_recordset(askers_ended) as r(${actor}, asker integer)
      where ${sameActor} and t.asker = r.asker`,
    ),
    whenGiven(
      'asks',
      `insert into ${asks} (correlation_id, service, machine, key, asker, ask)
      select correlation_id, service, machine, key, asker, ask
      from json_to_recordset(asks) as r(correlation_id text, ${actor}, asker integer, ask json)
      on conflict (correlation_id) do update set service = excluded.service,
        machine = excluded.machine, key = excluded.key, asker = excluded.asker,
        ask = excluded.ask, answered_at = null`,
    ),
    whenGiven(
      'finished',
      `delete from ${asks} t using json_to_recordset(finished) as r(${actor}) where ${sameActor}`,
    ),
  ];
}

function timerChanges(schema: string, { column, type }: TraceColumn): readonly string[] {
  const timers = `${schema}.timers`;
  return [
    whenGiven(
      'timers',
      `insert into ${timers} (service, machine, key, token, due_at_ms${column})
      select service, machine, key, token, due_at_ms${column}
      from json_to_recordset(timers) as r(${actor}, token text, due_at_ms double precision${type})`,
    ),
    whenGiven(
      'timers_ended',
      `delete from ${timers} t using json_to_recordset(timers_ended) as r(${actor}, token text)
      where ${sameToken}`,
    ),
  ];
}

function activityChanges(schema: string): readonly string[] {
  const activities = `${schema}.activities`;
  return [
    whenGiven(
      'activities',
      `insert into ${activities}
      (service, machine, key, token, instance, attempt, not_before_ms, activity)
      select service, machine, key, token, holder, attempt, not_before_ms, activity
      from json_to_recordset(activities) as r(${actor}, token text, attempt integer,
        not_before_ms double precision, activity json)`,
    ),
    whenGiven(
      'activities_ended',
      `delete from ${activities} t
      using json_to_recordset(activities_ended) as r(${actor}, token text)
      where ${sameToken}`,
    ),
  ];
}
