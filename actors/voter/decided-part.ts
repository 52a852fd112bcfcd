/**
 * A service's part in a saga after the decision: which nodes and groups begin to clean up, and which
 * rows. Pure, and linear in the nodes, groups and ids: a decision may name thousands.
 */
import type { FoundRows } from '../consent/dependences.ts';
import type { Dependants } from '../consent/objections.ts';
import {
  type NodePhase,
  newIds,
  rowsOn,
  throughGroup,
  type VoterPart,
  withGroup,
  withNodes,
  withPhase,
} from './part.ts';

/**
 * The part with the decided nodes. `exchange`: of the decision. `group`: the dependants that come
 * with the decision; null: none.
 */
export function withDecided(
  part: VoterPart,
  ids: readonly string[],
  exchange: string,
  group: string | null,
): VoterPart {
  const unasked = newIds(part, ids);
  const settled = new Set([...unasked, ...idsIn(part, ['gone'])]);
  const open = ids.filter((id) => !settled.has(id));
  const decided = withNodes(withPhase(part, open, 'deleting'), unasked, 'deleting', { exchange });
  return group === null ? decided : withGroup(throughGroup(decided, ids, group), group, 'cleaning');
}

function idsIn({ nodes }: VoterPart, phases: readonly NodePhase[]): readonly string[] {
  return nodes.flatMap(({ id, phase }) => (phases.includes(phase) ? [id] : []));
}

/**
 * The part without those of these nodes for which the service has done its part. The end of a
 * retention opens such nodes again, for what the service has kept of them.
 */
export function withoutGone<Part extends VoterPart>(part: Part, ids: readonly string[]): Part {
  const named = new Set(ids);
  const nodes = part.nodes.filter(({ id, phase }) => phase !== 'gone' || !named.has(id));
  return { ...part, nodes };
}

/** The part with these groups, which begin to clean up. */
export function withCleaning(part: VoterPart, groups: readonly string[]): VoterPart {
  const begun = new Set(groups);
  const others = part.groups.filter(({ id }) => !begun.has(id));
  return {
    ...part,
    groups: [...others, ...groups.map((id) => ({ id, phase: 'cleaning' as const }))],
  };
}

/** The rows of the nodes that a decision about these ids is the first to name. */
export function untakenRows(
  part: VoterPart,
  ids: readonly string[],
  found: Pick<Dependants, 'rows'>,
): readonly FoundRows[] {
  const taken = new Set(idsIn(part, ['deleting', 'gone']));
  return rowsOn(ids, found).filter(({ node }) => !taken.has(node));
}

/**
 * The decided groups that finish in steps of their own. A step reads only what was there before the
 * step: the second of two groups that finish in one step would expect versions of nodes that the
 * first has changed, and the step would be done again for ever. A group that still asks cannot
 * finish in this step. `isTaken`: something else in this step changes nodes of the service.
 */
export function groupsInOwnSteps(
  { groups }: Pick<VoterPart, 'groups'>,
  decided: readonly string[],
  isTaken: boolean,
): ReadonlySet<string> {
  const promised = new Set(groups.flatMap(({ id, phase }) => (phase === 'promised' ? [id] : [])));
  return new Set(decided.filter((id) => promised.has(id)).slice(isTaken ? 0 : 1));
}
