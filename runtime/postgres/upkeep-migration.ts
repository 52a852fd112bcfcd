/**
 * The tables as versions, dead letters and housekeeping need them, and `commit_turns` in the form that fills them.
 *
 * 1. What is over carries its age in a column that is set once, so that a turn of a living actor still changes no indexed column: its
 *    update stays within the page.
 * 2. The earlier form of `commit_turns` stays, with other arguments: a process that still runs older code goes on.
 * 3. A dead letter of the time before has no kind and no queue: only what the runtime itself had buried came through no exchange and
 *    under no key.
 */
import { commitTurns } from './commit-function.ts';

function ages(schema: string): readonly string[] {
  return [
    `alter table ${schema}.actors add column ended_at timestamptz generated always as
      (case when status = 'active' then null else changed_at end) stored`,
    `create index actors_ended on ${schema}.actors (ended_at) where ended_at is not null`,
    `create index inbox_seen on ${schema}.inbox (handled_at)`,
    `alter table ${schema}.inbox set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)`,
    `alter table ${schema}.asks set (fillfactor = 80)`,
    `alter table ${schema}.asks add column answered_at timestamptz`,
    `create index history_aged on ${schema}.history (at_ms)`,
  ];
}

function versions(schema: string): readonly string[] {
  return [
    `create table ${schema}.machine_versions (service text collate "C" not null, machine text collate "C" not null,
      version integer not null, primary key (service, machine, version))`,
    `insert into ${schema}.machine_versions select distinct service, machine, machine_version from ${schema}.actors`,
  ];
}

/** Letters that lie there already: those of one message become one. */
function letters(schema: string): readonly string[] {
  const own = `letter->>'exchange' = '' and letter->>'routingKey' = '' and letter->'properties'->>'type' in ('timer', 'activity')`;
  const kind = `case when ${own} then letter->'properties'->>'type' else 'message' end`;
  return [
    `alter table ${schema}.dead_letters add column identity text collate "C" not null default 'unknown ' || gen_random_uuid(),
      add column first_at_ms double precision, add column count integer not null default 1,
      add column replay_at_ms double precision, add column replay_instance text collate "C"`,
    `update ${schema}.dead_letters set letter = (letter::jsonb || jsonb_build_object('kind', ${kind}, 'queue', ''))::json,
      identity = coalesce(${kind} || ' ' || nullif(letter->'properties'->>'messageId', ''), identity), first_at_ms = at_ms`,
    `update ${schema}.dead_letters t set count = r.count, first_at_ms = r.first_at_ms from (
      select service, identity, count(*) as count, min(at_ms) as first_at_ms from ${schema}.dead_letters group by 1, 2) r
      where t.service = r.service and t.identity = r.identity`,
    `delete from ${schema}.dead_letters t using ${schema}.dead_letters o
      where t.service = o.service and t.identity = o.identity and (t.at_ms, t.id) < (o.at_ms, o.id)`,
    `create unique index dead_letters_once on ${schema}.dead_letters (service, identity)`,
    `create index dead_letters_replayed on ${schema}.dead_letters (replay_at_ms) where replay_at_ms is not null`,
  ];
}

export const upkeep = (schema: string): readonly string[] => [
  ...ages(schema),
  ...versions(schema),
  ...letters(schema),
  commitTurns(schema),
];
