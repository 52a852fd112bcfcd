/**
 * The journal's statements outside its two functions, with the schema written in. Their form is
 * that of `sql-documents.ts`.
 *
 * Invariant:
 * - Unhurried only where a loss repeats work: a try or a progress of an activity. The deletion of
 *   published messages waits for the disk. The living process has forgotten them, so nobody would
 *   look at rows that come back after a crash of the server.
 */
import { adopting, adoptingMessages } from './adoption-statements.ts';
import { commitLists } from './commit-function.ts';
import { deadLetterStatements } from './dead-letter-statements.ts';
import { packStatements } from './outbox-packs.ts';
import { processStatements } from './process-statements.ts';
import { pruneStatements } from './prune-statements.ts';
import { addressOf, changedRows, listed, oneString, strings } from './sql-documents.ts';
import { surveyStatements } from './survey-statements.ts';

/** True, and the end of the transaction does not wait for the disk. */
const unhurried = `(select set_config('synchronous_commit', 'off', true)) is not null`;

const address = addressOf('r');
const token = 'service text, machine text, key text, token text';

/** Holder, number of changed actors, and the lists. */
const commitParameters = 2 + commitLists.length;

export function journalStatements(schema: string) {
  const parameters = Array.from({ length: commitParameters }, (_, at) => `$${at + 1}`);
  return {
    load: `select ${schema}.load_actors($1::json, $2::json) as document`,
    commit: `select ${schema}.commit_traced_turns(${parameters.join(', ')})`,
    secret: `select to_json(secret)::text as document from ${schema}.secret`,
    forget: forgetting(schema),
    findAsks: listed(
      `select r.ask as item, w.position
        from ${strings('$1')} with ordinality as w(correlation_id, position)
        join ${schema}.asks r on r.correlation_id = w.correlation_id`,
      'position',
    ),
    ...packStatements(schema),
    ...activities(schema),
    ...timers(schema),
    ...instances(schema),
    ...records(schema),
    ...deadLetterStatements(schema),
    ...surveyStatements(schema),
    ...processStatements(schema),
    ...pruneStatements(schema),
  };
}

/**
 * A commit of confirmed rows alone. The function looks each row up by its key; a prepared statement
 * that was planned while the outbox was known to be empty compares each id with each row.
 */
function forgetting(schema: string): string {
  const lists = commitLists.map((list) => (list === 'confirmed' ? '$1::json' : 'null'));
  return `select ${schema}.commit_traced_turns('', 0, ${lists.join(', ')})`;
}

export type JournalStatements = ReturnType<typeof journalStatements>;

function timers(schema: string) {
  return {
    dueTimers: listed(
      `select json_build_object('address', ${address}, 'token', r.token, 'dueAtMs', r.due_at_ms,
          'trace', r.trace) as item, r.due_at_ms, r.sequence
        from ${strings('$1')} as wanted(service) cross join lateral (
          select * from ${schema}.timers t where t.service = wanted.service and t.due_at_ms <= $2
          order by t.due_at_ms, t.sequence limit $3) r
        order by r.due_at_ms, r.sequence limit $3`,
      'due_at_ms, sequence',
    ),
    nextTimer: listed(
      `select r.due_at_ms as item
        from ${strings('$1')} as wanted(service) cross join lateral (
          select t.due_at_ms from ${schema}.timers t
          where t.service = wanted.service and t.due_at_ms > $2
          order by t.due_at_ms limit 1) r
        order by r.due_at_ms limit 1`,
      'item',
    ),
  };
}

const activityItem = `json_build_object('address', ${address}, 'token', r.token,
  'instance', r.instance, 'attempt', r.attempt, 'notBeforeMs', r.not_before_ms,
  'activity', r.activity, 'progressAtMs', r.progress_at_ms, 'progress', r.progress,
  'outcome', r.outcome)`;

function activities(schema: string) {
  const isSame = 'a.service = r.service and a.machine = r.machine and a.key = r.key';
  const isHeld = `${isSame} and a.token = r.token and a.instance = $1`;
  const held = (change: string) => `update ${schema}.activities a set ${change}
      from json_to_record($2::json) as r(${token}) where ${isHeld}`;
  const noting = (change: string) => changedRows(`${held(change)} and ${unhurried}`);
  return {
    // No instance has the empty name, so the activity counts as held by a dead one.
    keepOutcome: changedRows(held(`outcome = $3::json, instance = ''`)),
    postpone: noting('attempt = $3, not_before_ms = $4'),
    noteProgress: noting('progress = $3::json, progress_at_ms = $4'),
    lostActivities: listed(
      `select r.position as item
        from json_to_recordset($2::json) as r(position integer, ${token})
        where not exists (select from ${schema}.activities a where ${isHeld})`,
      'item',
    ),
    activitiesOf: listed(
      `select ${activityItem} as item, r.sequence
        from ${schema}.activities r
        join json_to_record($1::json) as wanted(service text, machine text, key text)
          using (service, machine, key)`,
      'sequence',
    ),
  };
}

function instances(schema: string) {
  const activityRows = {
    table: 'activities',
    order: 'sequence',
    item: activityItem,
    change: usedTries(schema),
  };
  return {
    beat: `insert into ${schema}.instances (instance, beaten_at_ms, state) values ($1, $2, $3)
      on conflict (instance) do update
        set beaten_at_ms = excluded.beaten_at_ms, state = excluded.state
      returning (extract(epoch from clock_timestamp()) * 1000)::text as document`,
    leave: `with run as (delete from ${schema}.process_services where instance = $1)
      delete from ${schema}.instances where instance = $1`,
    adoptMessages: adoptingMessages(schema),
    adoptActivities: adopting(schema, activityRows),
    // An instance without a row is dead as well, so rows of dead instances need not be kept.
    forgetDead: `with dead as (
        delete from ${schema}.instances where beaten_at_ms < $1 and instance <> $2
        returning instance)
      delete from ${schema}.process_services p using dead where p.instance = dead.instance`,
  };
}

/**
 * Counts the try that was under way when its process died. An instance that has left has no row; an
 * activity that still waited for its next try at the last beat had no try under way.
 */
function usedTries(schema: string): string {
  return `, attempt = r.attempt + (select count(*) from ${schema}.instances i
    where i.instance = r.instance and (r.attempt = 0 or r.not_before_ms <= i.beaten_at_ms))`;
}

const countedTables = [
  ['actors', 'actors'],
  ['inbox', 'inbox'],
  ['outbox', 'outbox_messages'],
  ['asks', 'asks'],
  ['timers', 'timers'],
  ['activities', 'activities'],
  ['history', 'history'],
  ['deadLetters', 'dead_letters'],
] as const;

function records(schema: string) {
  const counts = countedTables.map(
    ([name, table]) => `'${name}', (select count(*) from ${schema}.${table})`,
  );
  return {
    history: listed(
      `select entry as item, at_ms, id from ${schema}.history where topic = ${oneString('$1')}`,
      'at_ms, id',
    ),
    counts: `select json_build_object(${counts.join(', ')})::text as document`,
  };
}
