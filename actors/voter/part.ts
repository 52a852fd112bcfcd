/**
 * One service's part in one saga of somebody else: which nodes it was asked about, what it answered, which of its own nodes are
 * engaged through which question. Pure.
 *
 * 1. Each of its own nodes is engaged through one question at most; whoever asks again is answered at once (protocol.md §1, rule 6).
 * 2. A group is what one question engaged; it is one inner saga, with one answer and one clean-up.
 * 3. Any `no` is the whole saga's: everything under it is released.
 */

import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import { answersBody, noBody, okBody } from '../consent/answers.ts';
import type { Inventory } from '../consent/inventory.ts';
import type { Dependants, Objection } from '../consent/objections.ts';

/** `asked`: its group collects. `promised`: answered ok. `deleting`: decided, its group cleans up. `gone`: done. */
export type NodePhase = 'asked' | 'promised' | 'deleting' | 'gone';

export type AskedNode = {
  readonly id: string;
  /** The exchange its owner asked through. */
  readonly exchange: string;
  readonly phase: NodePhase;
  /** The inner sagas engaged through it; none: it had nothing here that was not engaged already. */
  readonly groups: readonly string[];
};

/** A question that waits for its answer. */
export type OpenQuestion = {
  readonly to: ReplyAddress;
  readonly ids: readonly string[];
  readonly phase: 'may' | 'doing';
};

export type Group = {
  readonly id: string;
  readonly phase: 'asking' | 'promised' | 'cleaning' | 'gone';
  /** What it takes along, from its promise on, where the question asks for that. */
  readonly inventory?: Inventory;
};

export type Part = {
  readonly nodes: readonly AskedNode[];
  readonly groups: readonly Group[];
  readonly questions: readonly OpenQuestion[];
};

/** Ids of the question that this service has not been asked about under this saga. */
export function newIds(part: Part, ids: readonly string[]): readonly string[] {
  return ids.filter((id) => !part.nodes.some((node) => node.id === id));
}

/** Of those, the ones that are not tombstoned here: only they are recorded. */
export function liveIds(ids: readonly string[], dependants: Dependants): readonly string[] {
  return ids.filter(
    (id) => !dependants.links.some((link) => link.nodeId === id && link.tombstoned),
  );
}

export function linkVersions(
  ids: readonly string[],
  dependants: Dependants,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    ids.map((id) => [id, dependants.links.find((link) => link.nodeId === id)?.version ?? 0]),
  );
}

export function phaseOf(part: Part, id: string): NodePhase | undefined {
  return part.nodes.find((node) => node.id === id)?.phase;
}

function isAnswered(part: Part, { ids, phase }: OpenQuestion): boolean {
  return ids.every((id) => {
    const now = phaseOf(part, id);
    return phase === 'may' ? now !== 'asked' : now === undefined || now === 'gone';
  });
}

/** Questions that can be answered `ok` now, and those that still wait. */
export function answerable(part: Part): {
  readonly answered: readonly OpenQuestion[];
  readonly open: readonly OpenQuestion[];
} {
  const answered = part.questions.filter((question) => isAnswered(part, question));
  return { answered, open: part.questions.filter((question) => !answered.includes(question)) };
}

/** With what it takes along, where the question asked for that. */
export function okAnswer(ids: readonly string[], engaged?: Inventory): Json {
  const body = answersBody(ids, () => okBody);
  return engaged === undefined ? body : { ...(body as JsonObject), engaged };
}

/** What goes along with these nodes, as far as it was asked for. */
export function engagedThrough(part: Part, ids: readonly string[]): Inventory | undefined {
  const groups = new Set(part.nodes.flatMap((node) => (ids.includes(node.id) ? node.groups : [])));
  const told = part.groups.flatMap(({ id, inventory }) =>
    groups.has(id) && inventory !== undefined ? [inventory] : [],
  );
  return told.length === 0 ? undefined : [...new Set(told.flat())];
}

export function noAnswer(
  service: string,
  ids: readonly string[],
  { reason, refusals, silent }: Objection,
): Json {
  return answersBody(ids, () => noBody(service, reason, refusals, silent));
}

export function withNodes(
  part: Part,
  ids: readonly string[],
  phase: NodePhase,
  exchange: string,
): Part {
  return {
    ...part,
    nodes: [...part.nodes, ...ids.map((id) => ({ id, exchange, phase, groups: [] }))],
  };
}

/** Notes that a group was engaged through these nodes. */
export function throughGroup(part: Part, ids: readonly string[], group: string): Part {
  return {
    ...part,
    nodes: part.nodes.map((node) =>
      ids.includes(node.id) ? { ...node, groups: [...node.groups, group] } : node,
    ),
  };
}

export function withPhase(part: Part, ids: readonly string[], phase: NodePhase): Part {
  return {
    ...part,
    nodes: part.nodes.map((node) => (ids.includes(node.id) ? { ...node, phase } : node)),
  };
}

export function withGroup(
  part: Part,
  id: string,
  phase: Group['phase'],
  inventory?: Inventory,
): Part {
  const others = part.groups.filter((group) => group.id !== id);
  return {
    ...part,
    groups: [...others, { id, phase, ...(inventory === undefined ? {} : { inventory }) }],
  };
}

export function idsOfGroup(part: Part, group: string, phase: NodePhase): readonly string[] {
  return part.nodes.flatMap((node) =>
    node.groups.includes(group) && node.phase === phase ? [node.id] : [],
  );
}

/** All nodes through which a group was engaged. */
export function idsThrough(part: Part, group: string): readonly string[] {
  return part.nodes.flatMap(({ id, groups }) => (groups.includes(group) ? [id] : []));
}

function isGone(part: Part, group: string): boolean {
  return part.groups.some(({ id, phase }) => id === group && phase === 'gone');
}

/** Nodes whose `deleting` has come and whose group is gone: this service has done its part for them. */
export function fulfillable(part: Part): readonly string[] {
  return part.nodes.flatMap(({ id, phase, groups }) =>
    phase === 'deleting' && groups.every((group) => isGone(part, group)) ? [id] : [],
  );
}

/** Nodes promised, or about to be, whose end has not been heard of. */
export function undecided({ nodes }: Part): readonly AskedNode[] {
  return nodes.filter(({ phase }) => phase === 'asked' || phase === 'promised');
}

/** Dependants found through these nodes only. */
export function dependantsThrough(
  ids: readonly string[],
  dependants: Dependants,
): Dependants['nodes'] {
  return dependants.nodes.filter(({ through }) => ids.includes(through));
}

/**
 * Groups that must begin to clean up now, because a node they were engaged through is being deleted. One that still asks is overtaken:
 * its owner has decided without waiting for the answer.
 */
export function groupsToDecide(part: Part): readonly string[] {
  const wanted = new Set(
    part.nodes.flatMap(({ phase, groups }) => (phase === 'deleting' ? groups : [])),
  );
  return part.groups.flatMap(({ id, phase }) =>
    (phase === 'promised' || phase === 'asking') && wanted.has(id) ? [id] : [],
  );
}

export function isFulfilled(part: Part): boolean {
  return part.questions.length === 0 && part.nodes.every(({ phase }) => phase === 'gone');
}
