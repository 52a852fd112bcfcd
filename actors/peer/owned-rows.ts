/**
 * The rows of a user's table as nodes of an owner: ids that other services subscribe to, without a
 * tree.
 *
 * - Flat: no node stands below another one. A row that depends on a node of another service goes
 *   along with the node where `dependsOn` says `along`.
 * - Composed: the reads are reads of a view over the tables, in the forms of `Nodes` and
 *   `Dependants`.
 */
import type { TObject, TSchema } from 'typebox';
import { meantName } from '../../config/nearest-name.ts';
import { branchesOf, viewOf } from '../../config/schema-view.ts';
import { checkMembers, checkSync, type MembersOf } from '../../runtime/member-checks.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, ReadOf, StoreView, Write } from '../../runtime/ports/store.ts';
import {
  type AskedRows,
  type Dependence,
  type DependentRow,
  foundRows,
} from '../consent/dependences.ts';
import type {
  DependantNodes,
  DependantRefusal,
  Dependants,
  FoundNodes,
  ListedNode,
  NodeChange,
  NodeFacts,
  NodePlace,
  Nodes,
} from '../consent/nodes.ts';
import { type Veto, vetoMembers } from '../consent/retained.ts';
import { vetoOf } from '../consent/veto-result.ts';
import type { ServiceStore } from '../modules/service-module.ts';

/** A table whose rows are nodes. `defineTable` makes one. The ids of the rows are UUIDs. */
export interface OwnedTable<Row = DependentRow> extends ServiceStore {
  readonly name: string;
  readonly members: TObject;
  get(ids: readonly string[]): ReadOf<readonly Row[]>;
  set(id: string, patch: object): Write;
  drop(id: string): Write;
  expect(row: { readonly id: string; readonly version: number }): Write;
}

/** The rows that other services depend on. */
export interface OwnedRows<Row = DependentRow> {
  readonly table: OwnedTable<Row>;
  /** The class of the nodes, as plans and records name it. */
  readonly class: string;
  /** The text member that names a row for people. Default: the id. */
  readonly label?: string;
  /**
   * The reason of this service itself against the deletion of a row; undefined: no reason. A reason
   * that ends is `{ reason, until }`. Pure.
   */
  mayDelete?(row: Row): Veto | undefined;
}

const ownedMembers: MembersOf<OwnedRows> = {
  table: true,
  class: true,
  label: false,
  mayDelete: false,
};

/** Throws `Broken('config-invalid')` for a member that does not fit. */
export function checkOwned<Row>(service: string, owns: OwnedRows<Row>): void {
  checkMembers(`${service}: owns`, owns, ownedMembers);
  checkSync(
    `${service}: owns`,
    owns,
    ['mayDelete'],
    'a service that awaits data subscribes to the rows, as with defineOutsideParticipant',
  );
  const { label, table } = owns;
  const names = Object.keys(table.members.properties);
  if (label !== undefined && !names.includes(label))
    throw new Broken(
      'config-invalid',
      `${service}: owns.label: found '${label}'${meantName(label, names)}; allowed is a member of a row: ${names.join(', ')}`,
    );
}

/** `along`: the rows are nodes of the owner, and go with the node that they depend on. */
export type OwnedDependence = Dependence & { readonly along: boolean };

const viewName = 'owned-rows';

type Rows = readonly DependentRow[];
type ReadStore = (read: Read) => Promise<Json>;

function viewRead(op: string, args: Json): Read {
  return { store: viewName, op, args };
}

/** The rows as `Nodes`. */
export function ownedNodes({ table }: OwnedRows): Nodes {
  return {
    table: table.name,
    find: (ids, { below }) => viewRead('find', { ids, below }),
    present: (ids) => viewRead('present', ids),
    place: () => viewRead('place', []),
    listed: (ids) => viewRead('listed', ids),
    footprint: (ids) => viewRead('footprint', ids),
    foreignBelow: () => viewRead('foreignBelow', []),
    lock: (versions) =>
      Object.entries(versions).map(([id, version]) => table.expect({ id, version })),
    change: ({ id, attributes }) => [table.set(id, patchOf(table.members, attributes))],
    remove: (ids) => ids.map((id) => table.drop(id)),
    // The lists of subscribers are in the ledger only.
    list: () => [],
    unlist: () => [],
  };
}

/** The rows that go along, as `Dependants`. */
export function ownedDependants(): Dependants {
  return {
    of: (ids, except) => viewRead('of', { ids, except }),
    upstream: (ids) => viewRead('upstream', ids),
    needed: (ids, except) => viewRead('needed', { ids, except }),
  };
}

/**
 * The members that an update changes. The attribute null, or one without a value, takes an optional
 * member away.
 */
function patchOf(members: TObject, attributes: NodeChange['attributes']): object {
  const { properties = {} } = viewOf(members);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => {
      const schema = properties[name] ?? {};
      if (viewOf(schema).type === 'array') return [name, values];
      const [value] = values;
      return [name, value === null && !allowsNull(schema) ? undefined : value];
    }),
  );
}

function allowsNull(schema: TSchema): boolean {
  return branchesOf(schema).some((branch) => viewOf(branch).type === 'null');
}

/** The view behind `ownedNodes` and `ownedDependants`. `over`: the names of the service's stores. */
export function ownedView(
  rows: OwnedRows,
  dependences: readonly OwnedDependence[],
  over: readonly string[],
): StoreView {
  const reads: Readonly<Record<string, (args: never, read: ReadStore) => Promise<Json>>> = {
    ...nodeReads(rows),
    ...dependantReads(rows, dependences),
  };
  return {
    name: viewName,
    over,
    read: async (op, args, read) => {
      const perform = Object.hasOwn(reads, op) ? reads[op] : undefined;
      if (perform === undefined) throw new Broken('broken', `owned rows have no read "${op}"`);
      return perform(args as never, read);
    },
  };
}

/** The named nodes that are rows. `rows`: the rows with these ids. */
export function foundNodes(owned: OwnedRows, rows: Rows, { ids, below }: Found): FoundNodes {
  const there = new Set(rows.map(({ id }) => id));
  const absent = ids.filter((id) => !there.has(id));
  const nodes = rows.map((row) => factsOf(owned, row));
  const refusals = below ? rows.flatMap((row) => refusalOf(owned, row, row.id)) : [];
  return { nodes, absent, foreign: [], above: [], refusals };
}

/**
 * The rows that go along with the nodes that they depend on. `except`: rows that are removed
 * anyway.
 */
export function goingAlong(
  owned: OwnedRows,
  found: readonly AskedRows[],
  except: readonly string[],
): DependantNodes {
  const left = new Set(except);
  const nodes = found.flatMap(({ node: through, dependants }) =>
    dependants.map((row) => ({ ...factsOf(owned, row), through })),
  );
  const once = new Map(nodes.map((node) => [node.id, node]));
  const refusals = found.flatMap(({ node, dependants }) =>
    dependants.filter(({ id }) => !left.has(id)).flatMap((row) => refusalOf(owned, row, node)),
  );
  const going = [...once.values()].filter(({ id }) => !left.has(id));
  return { refusals, nodes: going, detached: [] };
}

function nodeReads(owned: OwnedRows) {
  const { table } = owned;
  const facts = async (ids: readonly string[], read: ReadStore): Promise<readonly NodeFacts[]> =>
    rowsIn(await read(table.get(ids))).map((row) => factsOf(owned, row));
  return {
    find: async (asked: Found, read: ReadStore): Promise<FoundNodes> =>
      foundNodes(owned, rowsIn(await read(table.get(asked.ids))), asked),
    present: facts,
    place: async (): Promise<NodePlace> => ({ parent: null, above: [], classes: {} }),
    listed: async (ids: readonly string[], read: ReadStore): Promise<readonly ListedNode[]> =>
      (await facts(ids, read)).map(({ id, objectClass, version }) => ({
        id,
        objectClass,
        version,
        above: [],
      })),
    footprint: async (ids: readonly string[], read: ReadStore) =>
      (await facts(ids, read)).map(({ id: nodeId }) => ({ nodeId, rows: 1 })),
    foreignBelow: async () => [],
  };
}

function dependantReads(owned: OwnedRows, dependences: readonly OwnedDependence[]) {
  const along = dependences.filter((dependence) => dependence.along);
  const rowsOn = async (from: readonly Dependence[], ids: readonly string[], read: ReadStore) => {
    const asked = from.map((dependence) => ({
      dependence,
      nodeIds: ids,
      read: dependence.read(ids),
    }));
    const found = asked.map(async (one) => foundRows(one, await read(one.read)));
    return (await Promise.all(found)).flat();
  };
  return {
    of: async ({ ids, except }: Asked, read: ReadStore) =>
      goingAlong(owned, await rowsOn(along, ids, read), except),
    upstream: async (ids: readonly string[], read: ReadStore): Promise<Json> => {
      const rows = rowsIn(await read(owned.table.get(ids)));
      return rows.flatMap((row) => along.map(({ by }) => row[by] ?? null)).filter(isText);
    },
    needed: async ({ ids, except }: Asked, read: ReadStore): Promise<Json> => {
      const removed = new Set(except);
      const found = await rowsOn(dependences, ids, read);
      const needing = found.filter(({ table, dependants }) =>
        dependants.some(({ id }) => table !== owned.table.name || !removed.has(id)),
      );
      return [...new Set(needing.map(({ node }) => node))];
    },
  };
}

/** The owner's own reason against the deletion of a row, about the node that was asked about. */
function refusalOf(
  owned: OwnedRows,
  row: DependentRow,
  nodeId: string,
): readonly DependantRefusal[] {
  const veto = vetoOf("'mayDelete' of owns", () => owned.mayDelete?.(row));
  return veto === undefined ? [] : [{ nodeId, ...vetoMembers(veto) }];
}

/** `below`: for a deletion. */
type Found = { readonly ids: readonly string[]; readonly below: boolean };

type Asked = { readonly ids: readonly string[]; readonly except: readonly string[] };

function isText(value: Json): value is string {
  return typeof value === 'string';
}

/** A table gives its rows in the form that its columns describe. */
function rowsIn(found: Json): Rows {
  return found as Rows;
}

function factsOf({ class: objectClass, label }: OwnedRows, row: DependentRow): NodeFacts {
  const { id, version } = row;
  const named = label === undefined ? undefined : row[label];
  const cn = typeof named === 'string' ? named : id;
  return { id, cn, objectClass, parentId: null, version, depth: 0 };
}
