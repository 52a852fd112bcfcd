/**
 * The tables of the journal.
 *
 * Invariants:
 * - Compared byte by byte: text that identifies something has `collate "C"`. So the order of ids is
 *   the same as in JavaScript, and comparing is cheap.
 * - Ages apart: the age of a row that is over stands in a column that is set once. A turn of a
 *   living actor changes no indexed column, so its update stays within the page.
 */
const key = (name: string) => `${name} text collate "C" not null`;
const address = `${key('service')}, ${key('machine')}, ${key('key')}`;

/**
 * Rows that come and go in great numbers are vacuumed by their number, not by their share of the
 * table.
 */
const vacuumed = 'autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000';

/**
 * A batch updates many rows that stand beside each other, because one batch made them. When a page
 * has no room for a second version of each, every index gets a new entry. So half of a page stays
 * free.
 */
const updated = 'fillfactor = 50';
const fleeting = `with (fillfactor = 80, ${vacuumed})`;

export function journalTables(schema: string): readonly string[] {
  return [
    ...actors(schema),
    ...messages(schema),
    ...timersAndActivities(schema),
    ...records(schema),
    ...processes(schema),
  ];
}

function actors(schema: string): readonly string[] {
  return [
    `create table ${schema}.actors (${address},
      version integer not null, machine_version integer not null, status text not null,
      family json not null, changed_at timestamptz not null,
      ended_at timestamptz generated always as
        (case when status = 'active' then null else changed_at end) stored,
      primary key (service, machine, key)) with (${updated}, ${vacuumed})`,
    `create index actors_ended on ${schema}.actors (ended_at) where ended_at is not null`,
    `create table ${schema}.machine_versions (${key('service')}, ${key('machine')},
      version integer not null, primary key (service, machine, version))`,
  ];
}

function messages(schema: string): readonly string[] {
  return [
    `create table ${schema}.inbox (${address}, ${key('message_id')}, digest text not null, answer json,
      handled_at timestamptz not null,
      primary key (service, machine, key, message_id)) with (${vacuumed})`,
    `create index inbox_seen on ${schema}.inbox (handled_at)`,
    `create table ${schema}.outbox (id text collate "C" primary key, ${address},
      ${key('instance')}, message json not null) ${fleeting}`,
    `create index outbox_of_instance on ${schema}.outbox (instance, id)`,
    `create table ${schema}.asks (correlation_id text collate "C" primary key, ${address},
      asker integer, ask json not null, answered_at timestamptz) with (${updated})`,
    `create index asks_of_actor on ${schema}.asks (service, machine, key, asker)`,
  ];
}

/**
 * The index of due times is partial. Otherwise the planner could take it for a lookup by service,
 * which is also the start of the primary key.
 */
function timersAndActivities(schema: string): readonly string[] {
  return [
    `create table ${schema}.timers (${address}, ${key('token')},
      sequence bigint generated always as identity, due_at_ms double precision not null,
      primary key (service, machine, key, token)) ${fleeting}`,
    `create index timers_due on ${schema}.timers (service, due_at_ms, sequence)
      where due_at_ms is not null`,
    `create table ${schema}.activities (${address}, ${key('token')},
      sequence bigint generated always as identity, ${key('instance')},
      attempt integer not null, not_before_ms double precision not null, activity json not null,
      progress json, progress_at_ms double precision,
      primary key (service, machine, key, token)) ${fleeting}`,
    `create index activities_of_instance on ${schema}.activities (instance, sequence)`,
  ];
}

function records(schema: string): readonly string[] {
  return [
    `create table ${schema}.history (id text collate "C" primary key, ${key('topic')},
      at_ms double precision not null, entry json not null)`,
    `create index history_of_topic on ${schema}.history (topic, at_ms, id)`,
    `create index history_aged on ${schema}.history (at_ms)`,
    `create table ${schema}.dead_letters (id text collate "C" primary key, ${key('service')},
      ${key('identity')}, at_ms double precision not null, first_at_ms double precision not null,
      count integer not null, dead_letter json not null,
      replay_at_ms double precision, replay_instance text collate "C")`,
    `create unique index dead_letters_once on ${schema}.dead_letters (service, identity)`,
    `create index dead_letters_of_service on ${schema}.dead_letters (service, at_ms, id)`,
    `create index dead_letters_replayed on ${schema}.dead_letters (replay_at_ms)
      where replay_at_ms is not null`,
  ];
}

function processes(schema: string): readonly string[] {
  return [
    `create table ${schema}.instances (instance text collate "C" primary key,
      beaten_at_ms double precision not null)`,
  ];
}

/** One row with the secret of the journal: a digest of two random ids, of 122 random bits each. */
export function journalSecret(schema: string): readonly string[] {
  const ids = `convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')`;
  return [
    `create table ${schema}.secret (only_row boolean primary key default true check (only_row),
      secret text not null)`,
    `insert into ${schema}.secret (secret) values (encode(sha256(${ids}), 'hex'))`,
  ];
}

/** What each living process says about itself. */
export function processStates(schema: string): readonly string[] {
  return [`alter table ${schema}.instances add column state json`];
}

/** What living processes run, which versions are released, and outcomes that are handed over. */
export function processTables(schema: string): readonly string[] {
  return [
    `create table ${schema}.process_services (${key('instance')}, ${key('service')},
      machines json not null, yielded boolean not null, primary key (instance, service))`,
    `create table ${schema}.released_versions (${key('service')}, ${key('machine')},
      version integer not null, primary key (service, machine, version))`,
    `alter table ${schema}.activities add column outcome json`,
  ];
}

/** The columns whose values may have a megabyte, when a saga has thousands of nodes. */
const largeColumns = [
  ['actors', 'family'],
  ['history', 'entry'],
  ['outbox_packs', 'messages'],
] as const;

/** `lz4` takes a fraction of the default's time. A server without `lz4` keeps its default. */
export function largeValues(schema: string, method: 'lz4' | 'default'): readonly string[] {
  const changes = largeColumns.map(
    ([table, column]) =>
      `execute 'alter table ${schema}.${table} alter column ${column} set compression ${method}';`,
  );
  return [
    `do $do$ begin ${changes.join(' ')}
      exception when feature_not_supported or syntax_error then null; end $do$`,
  ];
}

/** The step that started a timer. */
export function timerTraces(schema: string): readonly string[] {
  return [`alter table ${schema}.timers add column trace json`];
}
