/**
 * A table of a user's rows, from a TypeBox schema: its reads and writes as data, and its forms on a
 * database and in memory.
 *
 * - Checked when made: a row that does not fit the schema is refused by `add` and `change`, before
 *   any commit.
 * - Pure: `find`, `get`, `add`, `change`, `set` and `remove` only describe. The runtime performs.
 */
import type { Static, TObject, TProperties } from 'typebox';
import { Broken } from '../../runtime/ports/errors.ts';
import type { ReadOf, Write } from '../../runtime/ports/store.ts';
import type { LeavingRows, RowsBy } from '../consent/dependences.ts';
import { isStorable } from '../consent/storable.ts';
import { shownResult } from '../consent/user-function.ts';
import type { ServiceStore } from '../modules/service-module.ts';
import { definitionProblems } from './definition-problems.ts';
import { MemoryTable } from './memory-table.ts';
import { tableMigrations } from './migrations.ts';
import { rowsLeaving, unknownMember, writesDue } from './operations.ts';
import { RowRules } from './row-rules.ts';
import { SqlTable } from './sql-table.ts';

/** Names of the members of a row that are text, or text or null. */
type TextMember<Members extends TProperties> = {
  [Member in keyof Members & string]: Static<Members[Member]> extends string | null
    ? Member
    : never;
}[keyof Members & string];

/** A row as a read gives the row. */
type Row<Members extends TProperties> = {
  readonly id: string;
  readonly version: number;
} & Static<TObject<Members>>;

/** A row's members as `add` takes them: an optional member may be undefined. */
type Given<Values> = {
  readonly [Member in keyof Values]:
    | Values[Member]
    | (Partial<Pick<Values, Member>> extends Pick<Values, Member> ? undefined : never);
};

type OneOrMany<Value> = Value | readonly Value[];

/** A table of one service. Give it to a deployment among the stores of the service. */
export interface Table<Members extends TProperties, By extends string>
  extends Required<ServiceStore> {
  readonly name: string;
  /** The rows with these ids, by id. */
  get(ids: OneOrMany<string>): ReadOf<readonly Row<Members>[]>;
  /**
   * The rows in which each given member has one of its given values, in the order of ids. Null also
   * finds rows without the member. `{}` finds all rows.
   */
  find(
    members: {
      readonly [Member in By]?: OneOrMany<Static<Members[Member & keyof Members]>>;
    },
  ): ReadOf<readonly Row<Members>[]>;
  /** The rows by the member that holds the id of a node of another service; for `dependsOn`. */
  by<Member extends By>(member: Member): RowsBy<Row<Members>>;
  /**
   * A new row, in version 1. The commit rejects with Refused `name-taken` when the id is taken.
   * @throws Broken `write-failed` for members that do not fit, Broken `not-json`; Refused `bad-key`
   *   and `bad-message` for text that cannot be stored
   */
  add(id: string, members: Given<Static<TObject<Members>>>): Write;
  /**
   * Changes the given members, and takes an optional member away that is given as undefined. The
   * version rises by one. The commit is a Conflict when the row has another version.
   * @throws as `add`
   */
  change(
    row: Pick<Row<Members>, 'id' | 'version'>,
    patch: Partial<Given<Static<TObject<Members>>>>,
  ): Write;
  /**
   * Changes the given members as `change`, whatever the version of the row. The commit rejects with
   * Refused `not-found` when there is no row.
   * @throws as `add`
   */
  set(id: string, patch: Partial<Given<Static<TObject<Members>>>>): Write;
  /** The commit is a Conflict when the row has another version. */
  remove(row: Pick<Row<Members>, 'id' | 'version'>): Write;
  /** Removes the row, whatever its version. Nothing happens when there is no such row. */
  drop(id: string): Write;
  /** Changes nothing. The commit is a Conflict when the row has another version. */
  expect(row: Pick<Row<Members>, 'id' | 'version'>): Write;
  /** The schema of the members that `row` describes. */
  readonly members: TObject<Members>;
}

/** The type of the rows of a table: `RowOf<typeof workOrders>`. */
export type RowOf<SomeTable extends { get(ids: string): ReadOf<readonly unknown[]> }> =
  ReturnType<SomeTable['get']> extends ReadOf<readonly (infer Found)[]> ? Found : never;

/**
 * Defines a table.
 *
 * @param name lower case, digits and `-`, at most 26 characters; names the table's schema
 * @param definition `row`: the members of a row beside its id and version. `by`: members that are
 *   text or null, by which rows are found; each has an index
 * @throws Broken `config-invalid` with all problems
 */
export function defineTable<
  Members extends TProperties,
  const By extends TextMember<Members> = never,
>(
  name: string,
  definition: { readonly row: TObject<Members>; readonly by?: readonly By[] },
): Table<Members, By>;
export function defineTable(
  name: string,
  { row, by = [] }: { readonly row: TObject; readonly by?: readonly string[] },
): Table<TProperties, string> {
  const problems = definitionProblems(name, row, by);
  if (problems.length > 0)
    throw new Broken('config-invalid', `the table '${name}': ${problems.join('; ')}`);
  return {
    name,
    members: row,
    sql: {
      name,
      // MikroORM manages no rows here: statements find and change whole sets.
      entities: [],
      migrations: tableMigrations(by),
      create: (access) => new SqlTable(name, by, access),
    },
    memory: () => new MemoryTable(name, by),
    ...readsOf(name, by),
    ...writesOf(name, new RowRules(name, row, by)),
  };
}

type Reads = Pick<Table<TProperties, string>, 'get' | 'find' | 'by'>;
type Writes = Pick<
  Table<TProperties, string>,
  'add' | 'change' | 'set' | 'remove' | 'drop' | 'expect'
>;

function readsOf(store: string, indexed: readonly string[]): Reads {
  const find: Reads['find'] = (members) => {
    const given = Object.entries(members).map(([member, values]) => [
      member,
      searched(store, member, values),
    ]);
    return { store, op: 'find', args: { members: Object.fromEntries(given) } };
  };
  return {
    get: (ids) => ({ store, op: 'get', args: { ids: searched(store, 'id', ids) } }),
    find,
    by: (member) => {
      if (!indexed.includes(member)) throw unknownMember(store, member, indexed);
      return {
        by: member,
        read: (ids) => find({ [member]: ids }),
        leaving: leavingOf(store, member),
      };
    },
  };
}

function leavingOf(store: string, member: string): LeavingRows<Row<TProperties>> {
  return {
    rows: (writes) =>
      rowsLeaving(
        writes.filter((write) => write.store === store),
        member,
      ),
    due: (writes, presentIds) => writesDue(store, writes, presentIds),
    present: (ids) => ({ store, op: 'get', args: { ids: searched(store, 'id', ids) } }),
    needed: (nodes, except) => ({
      store,
      op: 'had',
      args: { member, values: searched(store, member, nodes), except: [...except] },
    }),
  };
}

/**
 * The values of a search. A text that cannot be stored is in no row, and a database would fail on
 * the text.
 */
function searched(table: string, member: string, values: unknown): (string | null)[] {
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  return list.filter((value) => isSearchable(table, member, value));
}

function isSearchable(table: string, member: string, value: unknown): value is string | null {
  if (value === null) return true;
  if (typeof value === 'string') return isStorable(value);
  throw new Broken(
    'broken',
    `a search of the table '${table}' by '${member}': found ${typeof value}; allowed is text`,
  );
}

function writesOf(store: string, rules: RowRules): Writes {
  return {
    add(id, members) {
      const args = { id: rules.id(id), data: rules.whole(id, members) };
      return { store, op: 'add', args };
    },
    change(row, patch) {
      const { id, version } = readRow(store, 'change', row, 'set(id, …)');
      const args = { id, ...rules.part(id, patch) };
      return { store, op: 'change', args, expect: { version } };
    },
    set: (id, patch) => ({ store, op: 'set', args: { id, ...rules.part(id, patch) } }),
    drop: (id) => ({ store, op: 'drop', args: { id } }),
    expect(row) {
      const { id, version } = readRow(store, 'expect', row);
      return { store, op: 'expect', args: { id }, expect: { version } };
    },
    remove(row) {
      const { id, version } = readRow(store, 'remove', row, 'drop(id)');
      return { store, op: 'remove', args: { id }, expect: { version } };
    },
  };
}

type VersionedRow = { readonly id: string; readonly version: number };

/** A row as a read gives it. `byId`: the write that takes an id in place of a row. */
function readRow(table: string, write: string, row: VersionedRow, byId?: string): VersionedRow {
  const { id, version }: Partial<VersionedRow> = Object(row);
  if (typeof id === 'string' && typeof version === 'number') return { id, version };
  const hint = byId === undefined ? '' : `; by id, there is ${byId}`;
  throw new Broken(
    'broken',
    `'${write}' of the table '${table}': found ${shownResult(row)}; allowed is a row that was read, with id and version${hint}`,
  );
}
