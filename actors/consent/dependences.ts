/**
 * The rows of a service that depend on nodes of other services and are no nodes: how they are read,
 * when they forbid an operation, and how they are cleaned up.
 *
 * - A `Dependence` for each entity that the service has subscribed to.
 * - Pure: reads and writes are data. A rule sees only the rows that its read has found.
 *
 * Boundary: own nodes that go along with a node of another service are `Dependants` (`nodes.ts`).
 */
import { isJsonObject } from '../../config/json.ts';
import { Broken, type ErrorBody, errorBody } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Read, ReadOf, Write } from '../../runtime/ports/store.ts';
import { type Inventory, nodeLine } from './inventory.ts';
import type { LinkState } from './ledger/store.ts';
import type { DependantRefusal } from './nodes.ts';
import { type Retained, type Veto, vetoMembers } from './retained.ts';
import { retainedBy } from './retained-result.ts';
import { type Verb, verbs } from './verbs.ts';
import { vetoOf } from './veto-result.ts';
import { writesBy } from './write-result.ts';

/** A row. The version rises with every change of the row. */
export type DependentRow = JsonObject & { readonly id: string; readonly version: number };

/** Rows that each hold the id of the node that the row depends on. */
export interface RowsBy<Row> {
  /** The rows that depend on these nodes. */
  readonly read: (ids: readonly string[]) => ReadOf<readonly Row[]>;
  /** The member of a row that holds the id of the node. */
  readonly by: string & keyof Row;
  /**
   * How rows leave the nodes that they depend on. Absent: the subscription to a node stays when the
   * last row has left the node.
   */
  readonly leaving?: LeavingRows<Row>;
}

/** A row that a write removes, or makes depend on another node. `to` null: on no node. */
export type LeavingRow = { readonly id: string; readonly to: string | null };

/** Reads and a rule by which a service finds the nodes that lose their last row. Pure. */
export interface LeavingRows<Row = DependentRow> {
  /** The rows that these writes take away from their nodes, each once. */
  readonly rows: (writes: readonly Write[]) => readonly LeavingRow[];
  /**
   * The writes without removals of rows that are not stored. `presentIds`: the rows of `rows` that
   * are stored.
   */
  readonly due: (writes: readonly Write[], presentIds: readonly string[]) => readonly Write[];
  /** The stored rows with these ids. */
  readonly present: (ids: readonly string[]) => ReadOf<readonly Row[]>;
  /** The nodes on which a row outside `except` depends. */
  readonly needed: (
    nodes: readonly string[],
    except: readonly string[],
  ) => ReadOf<readonly string[]>;
}

/** The rows that depend on one node. */
export type AskedRows = {
  readonly node: string;
  readonly dependants: readonly DependentRow[];
  /** The time until which the service kept its rows is over. */
  readonly retentionEnded?: true;
};

export interface Dependence {
  /** The key in the config's section `subscribe`. */
  readonly entity: string;
  /** The rows that depend on these nodes, as a list. */
  read(ids: readonly string[]): Read;
  /** The member of a row that holds the id of the node. */
  readonly by: string;
  readonly leaving?: LeavingRows;
  /** The rules of each operation. An operation without rules is agreed to. */
  readonly rules: { readonly [Name in Verb['name']]?: DependenceRules };
}

export interface DependenceRules {
  /** The reason against the operation on the node; undefined: none. */
  readonly veto?: (asked: AskedRows) => Veto | undefined;
  /** What the service keeps although it agrees. Default: nothing. */
  readonly retains?: (asked: AskedRows) => readonly Retained[];
  /** The writes of the commit in which this service has done its part for the node. */
  readonly clean?: (asked: AskedRows) => Write | readonly Write[];
}

/** The rows of one dependence that depend on one asked node; maybe none. */
export type FoundRows = AskedRows & {
  readonly entity: string;
  /** The store of the rows, for plans. */
  readonly table: string;
};

type DependenceRead = {
  readonly dependence: Dependence;
  readonly nodeIds: readonly string[];
  readonly read: Read;
};

/**
 * The reads about these nodes, each with its dependence. `verb`: of the operation. `asked`: the
 * entity of the question, for nodes without a link; undefined where the question may be about several
 * entities.
 */
export function dependenceReads(
  dependences: readonly Dependence[],
  verb: Verb['name'],
  ids: readonly string[],
  links: readonly LinkState[],
  asked?: string,
): readonly DependenceRead[] {
  const entities = new Map(links.map(({ nodeId, entity }) => [nodeId, entity]));
  return dependences.flatMap((dependence) => {
    if (dependence.rules[verb] === undefined) return [];
    // A link goes with its tombstone. Without a link only the question says what the node is; two
    // dependences on one table must not clean up the same rows.
    const nodeIds = ids.filter(
      (id) => (entities.get(id) ?? asked ?? dependence.entity) === dependence.entity,
    );
    return nodeIds.length === 0 ? [] : [{ dependence, nodeIds, read: dependence.read(nodeIds) }];
  });
}

/**
 * The result of a read, by asked node. Throws `Broken('broken')` for a result that is no list of
 * rows with `id`, `version` and the id of an asked node.
 */
export function foundRows(
  { dependence: { entity, by }, nodeIds, read: { store: table, op } }: DependenceRead,
  result: Json,
): readonly FoundRows[] {
  const place = `the read '${op}' of '${table}' for ${entity}`;
  if (!Array.isArray(result)) throw new Broken('broken', `${place} gave no list of rows`);
  const byNode = new Map<string, DependentRow[]>(nodeIds.map((id) => [id, []]));
  for (const row of result as readonly Json[]) {
    if (!isRow(row))
      throw new Broken('broken', `${place} gave a row without a text 'id' and a number 'version'`);
    const found = byNode.get(String(row[by]));
    if (found === undefined)
      throw new Broken('broken', `${place} gave the row ${row.id}, whose '${by}' is no asked node`);
    found.push(row);
  }
  return [...byNode].map(([node, dependants]) => ({ entity, table, node, dependants }));
}

function isRow(row: Json): row is DependentRow {
  return isJsonObject(row) && typeof row['id'] === 'string' && typeof row['version'] === 'number';
}

/** The objections of the rules to an operation. */
function rowRefusals(
  dependences: readonly Dependence[],
  verb: Verb['name'],
  rows: readonly FoundRows[],
): readonly DependantRefusal[] {
  return rows.flatMap(({ entity, node, dependants }) => {
    const { veto: decide } = rulesOf(dependences, entity, verb) ?? {};
    const place = `'${verbs[verb].may}' of dependsOn.${entity}`;
    const veto = vetoOf(place, () => decide?.({ node, dependants }));
    return veto === undefined ? [] : [{ nodeId: node, ...vetoMembers(veto) }];
  });
}

/** What the service keeps of each node although it agrees. */
function rowRetentions(
  dependences: readonly Dependence[],
  verb: Verb['name'],
  rows: readonly FoundRows[],
): readonly { readonly nodeId: string; readonly retained: Retained }[] {
  return rows.flatMap(({ entity, node, dependants }) => {
    const { retains } = rulesOf(dependences, entity, verb) ?? {};
    if (retains === undefined) return [];
    const place = `'retains' of dependsOn.${entity}`;
    const kept = retainedBy(place, () => retains({ node, dependants }));
    return kept.map((retained) => ({ nodeId: node, retained }));
  });
}

/** What the rows say about an operation on the nodes that they depend on. */
export function rowFacts(
  dependences: readonly Dependence[],
  verb: Verb['name'],
  rows: readonly FoundRows[],
) {
  const retained = rowRetentions(dependences, verb, rows);
  return {
    refusals: rowRefusals(dependences, verb, rows),
    rows,
    ...(retained.length === 0 ? {} : { retained }),
  };
}

/** The writes that clean up rows, or why there are none. */
export type CleanUp = { readonly writes: readonly Write[] } | { readonly failure: ErrorBody };

/**
 * The clean-up of the rows. The decision stands, so an error of a rule is data: the caller tries the
 * clean-up again.
 */
export function cleanUpOf(...of: Parameters<typeof rowWrites>): CleanUp {
  try {
    return { writes: rowWrites(...of) };
  } catch (error) {
    return { failure: errorBody(error) };
  }
}

/**
 * The writes that clean up the rows. Throws `Broken` with the function for an error of a rule, and
 * for a result that is no write.
 */
export function rowWrites(
  dependences: readonly Dependence[],
  verb: Verb['name'],
  rows: readonly FoundRows[],
): readonly Write[] {
  return rows.flatMap(({ entity, ...asked }) => {
    const { clean } = rulesOf(dependences, entity, verb) ?? {};
    if (clean === undefined) return [];
    return writesBy(`'${verbs[verb].doing}' of dependsOn.${entity}`, () => clean(asked));
  });
}

function rulesOf(
  dependences: readonly Dependence[],
  entity: string,
  verb: Verb['name'],
): DependenceRules | undefined {
  return dependences.find((dependence) => dependence.entity === entity)?.rules[verb];
}

/** The lines of the rows by the node that the rows depend on; no entry for a node without rows. */
export function inventoriesByNode(
  service: string,
  rows: readonly FoundRows[],
): ReadonlyMap<string, Inventory> {
  const found = new Map<string, FoundRows[]>();
  for (const one of rows) {
    if (one.dependants.length === 0) continue;
    const ofNode = found.get(one.node);
    if (ofNode === undefined) found.set(one.node, [one]);
    else ofNode.push(one);
  }
  return new Map([...found].map(([node, ofNode]) => [node, rowsInventory(service, ofNode)]));
}

/** The inventory lines of the rows, for a planned deletion. */
export function rowsInventory(service: string, rows: readonly FoundRows[]): Inventory {
  return rows.flatMap(({ dependants }) =>
    dependants.map(({ id, version: epoch }) => nodeLine({ service, id, epoch })),
  );
}
