/**
 * The reads and writes of a table as data, and the errors of both adapters.
 *
 * Boundary: `table.ts` makes the operations from typed rows; `memory-table.ts` and `sql-table.ts`
 * perform them. The runtime hands an operation back exactly as `table.ts` made it.
 *
 * - Versioned: a row's `version` begins with 1 and rises with every change. A change and a removal
 *   expect the version of the read.
 * - Ordered: a read gives rows by id, compared as JavaScript compares texts.
 */
import { meantName } from '../../config/nearest-name.ts';
import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type { LeavingRow } from '../consent/dependences.ts';

/** A row as an adapter keeps the row. */
export type StoredRow = {
  readonly id: string;
  readonly version: number;
  readonly data: JsonObject;
};

/**
 * By member: a row fits when its member has one of these values. Null also fits a row without the
 * member.
 */
export type WantedMembers = { readonly [member: string]: readonly (string | null)[] };

/** Any read of a table, told apart by `op`. */
export type TableRead =
  | { readonly op: 'get'; readonly args: { readonly ids: readonly string[] } }
  | { readonly op: 'find'; readonly args: { readonly members: WantedMembers } }
  /** The values that a row outside `except` has as its member. */
  | { readonly op: 'had'; readonly args: HadValues };

export type HadValues = {
  readonly member: string;
  readonly values: readonly string[];
  readonly except: readonly string[];
};

type Expected = { readonly version: number };

/** `data`: the given members. `absent`: names of members that the row has no longer. */
export type Change = {
  readonly id: string;
  readonly data: JsonObject;
  readonly absent: readonly string[];
};

/** Any write of a table, told apart by `op`. */
export type TableWrite =
  | { readonly op: 'add'; readonly args: { readonly id: string; readonly data: JsonObject } }
  | { readonly op: 'change'; readonly args: Change; readonly expect: Expected }
  | { readonly op: 'set'; readonly args: Change }
  | { readonly op: 'drop'; readonly args: { readonly id: string } }
  | { readonly op: 'expect'; readonly args: { readonly id: string }; readonly expect: Expected }
  | { readonly op: 'remove'; readonly args: { readonly id: string }; readonly expect: Expected };

export function tableReadOf(op: string, args: Json): TableRead {
  return { op, args } as TableRead;
}

export function tableWriteOf({ op, args, expect = null }: Write): TableWrite {
  return { op, args, expect } as TableWrite;
}

/**
 * The rows that the writes of a table remove, and the rows whose member they change. Of several
 * writes of a row the last counts.
 */
export function rowsLeaving(writes: readonly Write[], member: string): readonly LeavingRow[] {
  const leaving = new Map<string, LeavingRow>();
  for (const write of writes.map(tableWriteOf)) {
    const to = valueAfter(write, member);
    if (to !== undefined) leaving.set(write.args.id, { id: write.args.id, to });
  }
  return [...leaving.values()];
}

/**
 * The writes without each `drop` of a row of the table that is not stored and that no other of the
 * writes adds.
 */
export function writesDue(
  table: string,
  writes: readonly Write[],
  presentIds: readonly string[],
): readonly Write[] {
  const own = writes.filter(({ store }) => store === table).map(tableWriteOf);
  const added = own.filter(({ op }) => op === 'add').map(({ args }) => args.id);
  const there = new Set([...presentIds, ...added]);
  return writes.filter((write) => {
    if (write.store !== table) return true;
    const { op, args } = tableWriteOf(write);
    return op !== 'drop' || there.has(args.id);
  });
}

/**
 * The member after the write; null: the row has no such member. undefined: the write does not
 * change the member.
 */
function valueAfter(write: TableWrite, member: string): string | null | undefined {
  switch (write.op) {
    case 'drop':
    case 'remove':
      return null;
    case 'add':
    case 'change':
    case 'set': {
      const { data } = write.args;
      const isAbsent = 'absent' in write.args && write.args.absent.includes(member);
      if (!Object.hasOwn(data, member)) return isAbsent ? null : undefined;
      const value = data[member];
      return typeof value === 'string' ? value : null;
    }
    case 'expect':
      return undefined;
    default:
      return write satisfies never;
  }
}

/** The rows as a read returns them: in order, each with its members, its id and its version. */
export function rowsInOrder(rows: readonly StoredRow[]): JsonObject[] {
  return rows
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, version, data }) => ({ ...data, id, version }));
}

/**
 * The error of a write that does not hold: `Refused` for an id that is taken or is no row's, else
 * `Conflict`.
 */
export function writeProblem(table: string, write: TableWrite): Refused | Conflict {
  const { id } = write.args;
  if (write.op === 'add')
    return new Refused('name-taken', `the table '${table}' already has a row '${id}'`);
  if (write.op === 'set')
    return new Refused('not-found', `the table '${table}' has no row '${id}'`);
  const version = 'expect' in write ? write.expect.version : 0;
  return new Conflict(
    'expectation-failed',
    `the row '${id}' of the table '${table}' is no longer in version ${version}`,
  );
}

export function unknownOperation(table: string, { op }: { readonly op: string }): Broken {
  return new Broken('broken', `the table '${table}' has no operation '${op}'`);
}

/** `indexed`: the members by which the table finds rows. */
export function unknownMember(table: string, member: string, indexed: readonly string[]): Broken {
  const allowed = indexed.join(', ') || 'none: the definition of the table has no by';
  return new Broken(
    'broken',
    `the table '${table}' finds no rows by '${member}'${meantName(member, indexed)}; allowed: ${allowed}`,
  );
}
