/**
 * A service's part in a saga of another service: the nodes that the service was asked about, the
 * answers so far, and the dependants that each question engaged. Pure.
 *
 * - Each dependant is engaged through one question at most. A second question about the same
 *   dependant is answered without another inner saga.
 * - A group is the set of dependants that one question engaged. A group has one inner saga, one
 *   answer and one clean-up.
 * - A `no` to one question ends the whole part: all promises under the saga are released.
 */

import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import { answersBody, noBody, okBody } from '../consent/answers.ts';
import type { FoundRows } from '../consent/dependences.ts';
import type { Inventory } from '../consent/inventory.ts';
import type { Dependants, Objection } from '../consent/objections.ts';
import { type RetainedBy, retainsMember } from '../consent/retained.ts';

/**
 * `asked`: the node's group collects answers. `promised`: answered `ok`. `deleting`: decided, and
 * the node's group cleans up. `gone`: the service has done its part for the node.
 */
export type NodePhase = 'asked' | 'promised' | 'deleting' | 'gone';

export type AskedNode = {
  readonly id: string;
  /** The exchange that the owner's question came through. */
  readonly exchange: string;
  readonly phase: NodePhase;
  /** Of the question; absent: a decision came first, or the owner does not speak the protocol. */
  readonly hops?: number;
  /** The inner sagas engaged through the node. Empty: the node had no dependant to engage. */
  readonly groups: readonly string[];
  /** The rows that depend on the node, if the question asks for an inventory. */
  readonly rows?: Inventory;
  /** What is kept of the node although it goes; absent: nothing. */
  readonly retains?: readonly RetainedBy[];
};

/** A question without an answer so far. */
export type OpenQuestion = {
  readonly to: ReplyAddress;
  readonly ids: readonly string[];
  readonly phase: 'may' | 'doing';
};

export type Group = {
  readonly id: string;
  readonly phase: 'asking' | 'promised' | 'cleaning' | 'gone';
  /**
   * The nodes that go with the group; known from the promise on, if the question asks for an
   * inventory.
   */
  readonly inventory?: Inventory;
  /** A group of rows, whose clean-up failed and is tried again. The group has no inner saga. */
  readonly ofRows?: true;
  /** Of a group of rows: the time until which the service kept the rows is over. */
  readonly retentionEnded?: true;
};

export type VoterPart = {
  readonly nodes: readonly AskedNode[];
  readonly groups: readonly Group[];
  readonly questions: readonly OpenQuestion[];
};

/** The question's ids that no earlier question of this saga named. */
export function newIds(part: VoterPart, ids: readonly string[]): readonly string[] {
  const known = new Set(part.nodes.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}

/** The ids that are not tombstones in this service. Only live nodes are recorded. */
export function liveIds(ids: readonly string[], dependants: Dependants): readonly string[] {
  const gone = new Set(dependants.links.flatMap((link) => (link.tombstoned ? [link.nodeId] : [])));
  return ids.filter((id) => !gone.has(id));
}

export function linkVersions(
  ids: readonly string[],
  dependants: Dependants,
): Readonly<Record<string, number>> {
  const versions = new Map(dependants.links.map(({ nodeId, version }) => [nodeId, version]));
  return Object.fromEntries(ids.map((id) => [id, versions.get(id) ?? 0]));
}

function isAnswered(phases: ReadonlyMap<string, NodePhase>, { ids, phase }: OpenQuestion): boolean {
  return ids.every((id) => {
    const now = phases.get(id);
    return phase === 'may' ? now !== 'asked' : now === undefined || now === 'gone';
  });
}

/** Splits the questions: `answered` can be answered `ok` now, `open` must still wait. */
export function answerable(part: VoterPart): {
  readonly answered: readonly OpenQuestion[];
  readonly open: readonly OpenQuestion[];
} {
  const phases = new Map(part.nodes.map(({ id, phase }) => [id, phase]));
  const answered = part.questions.filter((question) => isAnswered(phases, question));
  const open = part.questions.filter((question) => !isAnswered(phases, question));
  return { answered, open };
}

/** An `ok` about each id, with the inventory if the question asked for an inventory. */
export function okAnswer(
  ids: readonly string[],
  engaged?: Inventory,
  { nodes }: Pick<VoterPart, 'nodes'> = { nodes: [] },
): Json {
  const kept = new Map(nodes.map(({ id, retains = [] }) => [id, retains]));
  const body = answersBody(ids, (id) => ({ ...okBody, ...retainsMember(kept.get(id) ?? []) }));
  return engaged === undefined ? body : { ...(body as JsonObject), engaged };
}

/** The nodes that go with these ids. Undefined: no question asked for an inventory. */
export function engagedThrough(part: VoterPart, ids: readonly string[]): Inventory | undefined {
  const named = new Set(ids);
  const groups = new Set(part.nodes.flatMap((node) => (named.has(node.id) ? node.groups : [])));
  const told = [
    ...part.groups.filter(({ id }) => groups.has(id)).map(({ inventory }) => inventory),
    ...part.nodes.filter(({ id }) => named.has(id)).map(({ rows }) => rows),
  ].filter((lines) => lines !== undefined);
  return told.length === 0 ? undefined : [...new Set(told.flat())];
}

/** One body answers for all nodes of the question, because a `no` ends the whole part. */
export function noAnswer(service: string, { reason, refusals, silent }: Objection): Json {
  return noBody(service, reason, refusals, silent);
}

export function noBecause(service: string, reason: string): Json {
  return noAnswer(service, { reason, refusals: [], silent: [] });
}

export function withNodes(
  part: VoterPart,
  ids: readonly string[],
  phase: NodePhase,
  { exchange, hops }: Pick<AskedNode, 'exchange' | 'hops'>,
): VoterPart {
  const told = hops === undefined ? {} : { hops };
  const added = ids.map((id) => ({ id, exchange, phase, groups: [], ...told }));
  return { ...part, nodes: [...part.nodes, ...added] };
}

/** Records in these nodes that a group was engaged through them. */
export function throughGroup(part: VoterPart, ids: readonly string[], group: string): VoterPart {
  const named = new Set(ids);
  return {
    ...part,
    nodes: part.nodes.map((node) =>
      named.has(node.id) ? { ...node, groups: [...node.groups, group] } : node,
    ),
  };
}

export function withPhase(part: VoterPart, ids: readonly string[], phase: NodePhase): VoterPart {
  const named = new Set(ids);
  return {
    ...part,
    nodes: part.nodes.map((node) => (named.has(node.id) ? { ...node, phase } : node)),
  };
}

export function withGroup(
  part: VoterPart,
  id: string,
  phase: Group['phase'],
  inventory?: Inventory,
): VoterPart {
  const others = part.groups.filter((group) => group.id !== id);
  return {
    ...part,
    groups: [...others, { id, phase, ...(inventory === undefined ? {} : { inventory }) }],
  };
}

/** The rows of these nodes. */
export function rowsOn(
  ids: readonly string[],
  { rows = [] }: Pick<Dependants, 'rows'>,
): readonly FoundRows[] {
  const named = new Set(ids);
  return rows.filter(({ node }) => named.has(node));
}

/** The asking group with a node through which an inner saga was engaged; undefined: none. */
export function askingGroupThrough(
  part: VoterPart,
  through: readonly string[],
): string | undefined {
  const named = new Set(through);
  const engaged = new Set(
    part.nodes.flatMap(({ id, phase, groups }) =>
      phase === 'asked' && named.has(id) ? groups : [],
    ),
  );
  return part.groups.find(({ id, phase }) => phase === 'asking' && engaged.has(id))?.id;
}

/** The part with a further group of these rows, which must be cleaned up; unchanged without rows. */
export function withRowsGroup(part: VoterPart, rows: readonly FoundRows[]): VoterPart {
  if (rows.length === 0) return part;
  const id = nextGroup(part);
  const nodeIds = rows.map(({ node }) => node);
  const grouped = throughGroup(part, nodeIds, id);
  const isEnd = rows.some(({ retentionEnded }) => retentionEnded === true);
  const ended = isEnd ? { retentionEnded: true as const } : {};
  const group: Group = { id, phase: 'cleaning', ofRows: true, ...ended };
  return { ...grouped, groups: [...grouped.groups, group] };
}

/** The ids of the groups of rows that must still be cleaned up. */
export function rowsGroups({ groups }: VoterPart): readonly string[] {
  return groups.flatMap(({ id, phase, ofRows }) =>
    ofRows === true && phase === 'cleaning' ? [id] : [],
  );
}

/** The part with these retentions added to its nodes. */
export function withRetains(
  part: VoterPart,
  retained: readonly { readonly nodeId: string; readonly by: RetainedBy }[],
): VoterPart {
  if (retained.length === 0) return part;
  const added = new Map<string, RetainedBy[]>();
  for (const { nodeId, by } of retained) added.set(nodeId, [...(added.get(nodeId) ?? []), by]);
  return {
    ...part,
    nodes: part.nodes.map((node) => {
      const more = added.get(node.id);
      return more === undefined ? node : { ...node, retains: [...(node.retains ?? []), ...more] };
    }),
  };
}

/** The inventory of the rows of each node, by node, on the node. */
export function withRows(part: VoterPart, rowsOf: ReadonlyMap<string, Inventory>): VoterPart {
  return {
    ...part,
    nodes: part.nodes.map((node) => {
      const rows = rowsOf.get(node.id);
      return rows === undefined ? node : { ...node, rows };
    }),
  };
}

export function idsOfGroup(part: VoterPart, group: string, phase: NodePhase): readonly string[] {
  return part.nodes.flatMap((node) =>
    node.groups.includes(group) && node.phase === phase ? [node.id] : [],
  );
}

/** The id of the next group. */
export function nextGroup({ groups }: VoterPart): string {
  return `g${groups.length + 1}`;
}

/** All nodes through which a group was engaged. */
export function idsThrough(part: VoterPart, group: string): readonly string[] {
  return part.nodes.flatMap(({ id, groups }) => (groups.includes(group) ? [id] : []));
}

/** The decided nodes whose groups are all gone: this service has done its part for these nodes. */
export function fulfillable(part: VoterPart): readonly string[] {
  const gone = new Set(part.groups.flatMap(({ id, phase }) => (phase === 'gone' ? [id] : [])));
  return part.nodes.flatMap(({ id, phase, groups }) =>
    phase === 'deleting' && groups.every((group) => gone.has(group)) ? [id] : [],
  );
}

/** The nodes that are promised or will be promised, and that the owner has not decided about. */
export function undecided({ nodes }: VoterPart): readonly AskedNode[] {
  return nodes.filter(({ phase }) => phase === 'asked' || phase === 'promised');
}

/** The dependants that the read found through these nodes. */
export function dependantsThrough(
  ids: readonly string[],
  dependants: Dependants,
): Dependants['nodes'] {
  const named = new Set(ids);
  return dependants.nodes.filter(({ through }) => named.has(through));
}

/**
 * The groups that must begin to clean up, because a node that engaged the group is being deleted.
 * A group that still asks is included: the owner has decided without the group's answer.
 */
export function groupsToDecide(part: VoterPart): readonly string[] {
  const wanted = new Set(
    part.nodes.flatMap(({ phase, groups }) => (phase === 'deleting' ? groups : [])),
  );
  return part.groups.flatMap(({ id, phase }) =>
    (phase === 'promised' || phase === 'asking') && wanted.has(id) ? [id] : [],
  );
}

export function isFulfilled(part: VoterPart): boolean {
  return part.questions.length === 0 && part.nodes.every(({ phase }) => phase === 'gone');
}
