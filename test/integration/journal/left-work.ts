/** What work under way has left in a database, and which process holds each row, for the end of long runs. */
import { uuidAtMs } from '../../../actors/waiting/saga-waiting.ts';
import type { Database } from '../../../runtime/postgres/database.ts';
import { tableCounts } from '../../../runtime/postgres/table-counts.ts';

type Row = Readonly<Record<string, unknown>>;

/** Tables whose rows a process holds, with the columns that tell what became of the oldest row. */
const held = {
  'journal.outbox': 'min(t.id) as oldest',
  'journal.outbox_packs': 'min(t.id) as oldest',
  'journal.activities': 'max(t.attempt) as attempts, min(t.not_before_ms) as next_ms',
};
/** Empty when no work is under way. */
const fleeting = [
  ...Object.keys(held),
  ...['journal.asks', 'journal.timers', 'ledger.engagements', 'ledger.promises'],
];

/** A line a table that is not empty. `further`: other tables that should be empty. */
export async function leftWork(
  database: Database,
  further: readonly string[] = [],
): Promise<readonly string[]> {
  const counts = await tableCounts(database);
  const left = [...fleeting, ...further].filter((table) => (counts[table] ?? 0) > 0);
  return Promise.all(
    left.map(async (table) => {
      const holders = await holdersOf(database, table);
      return [`${table}: ${counts[table]} rows`, ...holders].join('; ');
    }),
  );
}

async function holdersOf(database: Database, table: string): Promise<readonly string[]> {
  const columns = held[table as keyof typeof held];
  if (columns === undefined) return [];
  const journal = database.journalSchema;
  const now = 'extract(epoch from clock_timestamp()) * 1000';
  const rows = await database.query(
    `select t.instance, count(*)::integer as rows, min(concat_ws('/', service, machine, key)) as actor,
       (${now})::float8 as now_ms, max(i.beaten_at_ms) as beaten_ms, ${columns}
     from ${table.replace('journal', journal)} t left join ${journal}.instances i using (instance)
     group by t.instance order by t.instance`,
    [],
  );
  return rows.map(holder);
}

function holder(row: Row): string {
  const { instance, rows, actor, now_ms, beaten_ms, oldest, attempts, next_ms } = row;
  const since = (atMs: unknown) => `${Math.round(Number(now_ms) - Number(atMs))} ms ago`;
  const lease = beaten_ms === null ? 'without a lease' : `with a heartbeat ${since(beaten_ms)}`;
  const age =
    oldest === undefined
      ? `up to ${attempts} attempts, the next from ${since(next_ms)}`
      : `the oldest written ${since(uuidAtMs(String(oldest)))}`;
  return `${rows} of '${instance}' ${lease}: ${age}, ${actor}`;
}
