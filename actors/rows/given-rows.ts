/**
 * SQL for sets of rows: the rows are given as one JSON text, because the text of a statement must not
 * vary with their number.
 *
 * - One look-up each: a given row is looked up in the table by an index, whatever the statistics of
 *   the table say. A join would read the whole table as soon as a plan is made for a small one.
 * - In order: rows are locked in the order of the given rows. The caller sorts the given rows by their
 *   key.
 */
import { isStorable } from '../consent/storable.ts';

type GivenRow = Readonly<Record<string, unknown>>;

export type FoundRows = {
  readonly table: string;
  /** Names and types of the given columns: `id text, version integer`. */
  readonly given: string;
  /** The condition that finds the row `t` of a row `given`. */
  readonly where: string;
};

/** The only parameter of the statements. */
export function givenText(rows: readonly GivenRow[], key: string): string {
  const keyOf = (row: GivenRow): string => String(row[key]);
  const sorted = rows
    .filter((row) => isStorable(keyOf(row)))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return JSON.stringify(sorted);
}

/** The parameter of a look-up: rows of nothing but a key, each key once. */
export function givenKeys(keys: readonly string[], key: string): string {
  return givenText(
    [...new Set(keys)].map((value) => ({ [key]: value })),
    key,
  );
}

/** `given` as the rows of a statement, in their order. */
export function givenRows(given: string): string {
  return `jsonb_to_recordset(?::jsonb) as given(${given})`;
}

/** The columns of the table come from the row `found`. */
export function selectGiven(columns: string, { table, given, where }: FoundRows): string {
  return `select ${columns} from ${givenRows(given)}
    cross join lateral (select t.* from ${table} t where ${where} offset 0) found`;
}

/** Rows that another commit is changing are waited for. */
export function lockGiven({ table, given, where }: FoundRows): string {
  return `select from ${givenRows(given)} cross join lateral
    (select from ${table} t where ${where} offset 0 for update of t) found`;
}

/** `set` may name the columns of `given` and of the row `old`. */
export function updateGiven(set: string, returning: string, rows: FoundRows): string {
  return `update ${rows.table} old set ${set} from (${locked(rows)}) given
    where old.ctid = given.place returning ${returning}`;
}

export function deleteGiven(returning: string, rows: FoundRows): string {
  return `delete from ${rows.table} old using (${locked(rows)}) given
    where old.ctid = given.place returning ${returning}`;
}

/**
 * A row that another commit has just changed is locked in its new version, which the statement around
 * the lock does not see. So the row counts as not found, and the caller's expectation does not hold.
 */
function locked({ table, given, where }: FoundRows): string {
  return `select given.*, found.place from ${givenRows(given)}
    cross join lateral (select t.ctid as place from ${table} t where ${where}
      offset 0 for update of t) found`;
}
