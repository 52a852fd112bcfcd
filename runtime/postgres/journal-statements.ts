/**
 * The journal's statements outside its two functions, with the schema written in.
 *
 * 1. Every statement that answers does so with one JSON text in the column `document`, an empty list included.
 * 2. Lists and names go in as JSON texts too: they are encoded there (`documents.ts`), and `pg` and PGlite write arrays
 *    differently.
 * 3. Rows that somebody else is adopting at the same moment are stepped over, so no two get the same.
 */
import { deadLetterStatements } from './dead-letter-statements.ts';
import { pruneStatements } from './prune-statements.ts';
import { surveyStatements } from './survey-statements.ts';

const strings = (parameter: string) => `json_array_elements_text(${parameter}::json)`;

/**
 * True; and the end of the transaction does not wait for the disk. For what may be lost with a server that dies in the next moment: then
 * a message that was confirmed goes out again, or a word of progress is missing.
 */
const unhurried = `(select set_config('synchronous_commit', 'off', true)) is not null`;

const address = `json_build_object('service', r.service, 'machine', r.machine, 'key', r.key)`;

/** `rows` has a column `item` and what `order` names. */
function list(rows: string, order: string): string {
  return `select coalesce(json_agg(item order by ${order}), '[]')::text as document from (${rows}) listed`;
}

/**
 * Walks the index on (instance, `order`) from holder to holder, so the rows of the living, however many, are not read.
 * The instance is compared again when a row is locked: it may have been adopted since it was found.
 */
function adopting(schema: string, table: string, order: string, item: string): string {
  const next = (after: string) =>
    `(select instance from ${schema}.${table} ${after} order by instance limit 1)`;
  const same = (one: string, other: string) =>
    `${one}.instance = ${other}.instance and ${one}.${order} = ${other}.${order}`;
  return `with recursive holders as (
      ${next('')} union all select ${next('where instance > holders.instance')} from holders where holders.instance is not null),
    dead as (
      select h.instance from holders h left join ${schema}.instances i using (instance)
      where h.instance <> $1 and (i.instance is null or i.beaten_at_ms < $3)),
    found as (
      select r.* from dead cross join lateral
        (select t.instance, t.${order} from ${schema}.${table} t
          where t.instance = dead.instance and t.service in (select ${strings('$2')}) order by t.${order} limit $4) r
      order by r.${order} limit $4),
    orphans as (
      select r.instance, r.${order} from found f join ${schema}.${table} r on ${same('r', 'f')} for update of r skip locked),
    adopted as (
      update ${schema}.${table} r set instance = $1 from orphans o where ${same('r', 'o')} returning ${item} as item, r.${order})
    select coalesce(json_agg(item order by ${order}), '[]')::text as document from adopted`;
}

function timers(schema: string) {
  return {
    dueTimers: list(
      `select json_build_object('address', ${address}, 'token', r.token, 'dueAtMs', r.due_at_ms) as item, r.due_at_ms
        from ${strings('$1')} as wanted(service) cross join lateral
          (select * from ${schema}.timers t where t.service = wanted.service and t.due_at_ms <= $2 order by t.due_at_ms limit $3) r
        order by r.due_at_ms limit $3`,
      'due_at_ms',
    ),
    nextTimer: list(
      `select r.due_at_ms as item from ${strings('$1')} as wanted(service) cross join lateral
          (select t.due_at_ms from ${schema}.timers t where t.service = wanted.service and t.due_at_ms > $2 order by t.due_at_ms limit 1) r
        order by r.due_at_ms limit 1`,
      'item',
    ),
  };
}

const activityItem = `json_build_object('address', ${address}, 'token', r.token, 'instance', r.instance, 'attempt', r.attempt,
    'notBeforeMs', r.not_before_ms, 'activity', r.activity, 'progressAtMs', r.progress_at_ms, 'progress', r.progress)`;

function activities(schema: string) {
  const named = 'service text, machine text, key text, token text';
  const held = (one: string) =>
    `one.service = ${one}.service and one.machine = ${one}.machine and one.key = ${one}.key and one.token = ${one}.token`;
  const noting = (change: string) => `with noted as (
      update ${schema}.activities one set ${change} from json_to_record($2::json) as r(${named})
      where ${held('r')} and one.instance = $1 and ${unhurried} returning 1)
    select count(*)::text as document from noted`;
  return {
    postpone: noting('attempt = $3, not_before_ms = $4'),
    noteProgress: noting('progress = $3::json, progress_at_ms = $4'),
    lostActivities: list(
      `select r.position as item from json_to_recordset($2::json) as r(position integer, ${named})
        where not exists (select from ${schema}.activities one where ${held('r')} and one.instance = $1)`,
      'item',
    ),
    activitiesOf: list(
      `select ${activityItem} as item, r.sequence from ${schema}.activities r join json_to_record($1::json)
        as wanted(service text, machine text, key text) using (service, machine, key)`,
      'sequence',
    ),
  };
}

function instances(schema: string) {
  const outboxItem = `json_build_object('id', r.id, 'address', ${address}, 'message', r.message)`;
  return {
    beat: `insert into ${schema}.instances (instance, beaten_at_ms) values ($1, $2)
      on conflict (instance) do update set beaten_at_ms = excluded.beaten_at_ms
      returning (extract(epoch from clock_timestamp()) * 1000)::text as document`,
    leave: `delete from ${schema}.instances where instance = $1`,
    adoptOutbox: adopting(schema, 'outbox', 'id', outboxItem),
    adoptActivities: adopting(schema, 'activities', 'sequence', activityItem),
    // No row means dead as well, so what is stale need not be kept.
    forgetDead: `delete from ${schema}.instances where beaten_at_ms < $1`,
  };
}

function records(schema: string) {
  return {
    history: list(
      `select entry as item, at_ms, id from ${schema}.history where topic = (select ${strings('$1')})`,
      'at_ms, id',
    ),
    counts: `select json_build_object(${[
      ['actors', 'actors'],
      ['inbox', 'inbox'],
      ['outbox', 'outbox'],
      ['asks', 'asks'],
      ['timers', 'timers'],
      ['activities', 'activities'],
      ['history', 'history'],
      ['deadLetters', 'dead_letters'],
    ]
      .map(([name, table]) => `'${name}', (select count(*) from ${schema}.${table})`)
      .join(', ')})::text as document`,
  };
}

export function journalStatements(schema: string) {
  return {
    load: `select ${schema}.load_actors($1::json, $2::json) as document`,
    commit: `select ${schema}.commit_turns(${Array.from({ length: 20 }, (_, at) => `$${at + 1}`).join(', ')})`,
    forget: `delete from ${schema}.outbox where id in (select ${strings('$1')}) and ${unhurried}`,
    findAsks: list(
      `select r.ask as item, w.position from ${strings('$1')} with ordinality as w(correlation_id, position)
        join ${schema}.asks r on r.correlation_id = w.correlation_id`,
      'position',
    ),
    ...activities(schema),
    ...timers(schema),
    ...instances(schema),
    ...records(schema),
    ...deadLetterStatements(schema),
    ...surveyStatements(schema),
    ...pruneStatements(schema),
  };
}

export type JournalStatements = ReturnType<typeof journalStatements>;
