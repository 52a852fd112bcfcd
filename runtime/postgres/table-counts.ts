/** The number of rows of each table of a database, for operators and tests. */
import type { Database } from './database.ts';

/** By `journal.<table>` and `<store>.<table>`. */
export async function tableCounts(database: Database): Promise<Readonly<Record<string, number>>> {
  const owners = [
    ['journal', database.journalSchema] as const,
    ...[...database.stores.keys()].map((store) => [store, database.schemaOf(store)] as const),
  ];
  const counts = await Promise.all(
    owners.map(([owner, schema]) => countsOf(database, owner, schema)),
  );
  return Object.fromEntries(counts.flat());
}

async function countsOf(
  database: Database,
  owner: string,
  schema: string,
): Promise<readonly (readonly [string, number])[]> {
  const tables = await database.query(
    'select tablename::text as name from pg_tables where schemaname = $1 order by 1',
    [schema],
  );
  const selects = tables.map(
    ({ name }) =>
      `select '${owner}.${name}' as name, count(*)::integer as rows from ${schema}.${name}`,
  );
  if (selects.length === 0) return [];
  const rows = await database.query(selects.join(' union all '), []);
  return rows.map(({ name, rows: count }) => [String(name), Number(count)]);
}
