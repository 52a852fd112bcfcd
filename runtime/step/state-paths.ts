/**
 * The states that a transition leaves and enters, for transitions between ordinary states. Pure.
 *
 * Boundary: knows the states of XState, and no guards, actions or snapshots (`step-memo.ts`).
 *
 * - Ordinary: a compound state without a history state directly below, or an atomic or final state
 *   without states below; in both cases without `always`. The active states are then one line from the
 *   root to a leaf.
 * - Unknown is refused: a transition out of the ordinary has no path here.
 */
import type { AnyStateNode, AnyTransitionDefinition, StateValue } from 'xstate';
import { ownJson } from './json-value.ts';

/** Active states, from the root to a leaf. */
export interface Line {
  readonly nodes: readonly AnyStateNode[];
  readonly value: StateValue;
}

/** A state to enter. `byDefault`: its `initial` is followed, with the actions of `initial`. */
export interface Entry {
  readonly node: AnyStateNode;
  readonly byDefault: boolean;
}

export interface StatePath {
  /** The leaf first. */
  readonly exits: readonly AnyStateNode[];
  /** The highest state first. */
  readonly entries: readonly Entry[];
  readonly to: Line;
}

type Transition = Pick<AnyTransitionDefinition, 'source' | 'target' | 'reenter'>;

/** Undefined: a state of the line is not ordinary. */
export function lineTo(leaf: AnyStateNode): Line | undefined {
  const nodes = [...ancestorsOf(leaf).reverse(), leaf];
  if (nodes.length === 1 || !nodes.every(isOrdinary)) return undefined;
  const value = nodes
    .slice(1, -1)
    .reduceRight<StateValue>((inner, { key }) => ({ [key]: inner }), leaf.key);
  return { nodes, value: typeof value === 'string' ? value : ownJson(value as never) };
}

/** A state may be called atomic or final, and have states below all the same. */
function isOrdinary({ type, always, states }: AnyStateNode): boolean {
  const below: AnyStateNode[] = Object.values(states);
  const isLeaf = (type === 'atomic' || type === 'final') && below.length === 0;
  const isInner = type === 'compound' && below.every((child) => child.type !== 'history');
  return (isLeaf || isInner) && always === undefined;
}

/** The nearest first. */
function ancestorsOf(node: AnyStateNode): AnyStateNode[] {
  const ancestors: AnyStateNode[] = [];
  for (let above = node.parent; above !== undefined; above = above.parent) ancestors.push(above);
  return ancestors;
}

function isBelow(node: AnyStateNode, above: AnyStateNode): boolean {
  return ancestorsOf(node).includes(above);
}

/** The way of a transition from a line. Undefined: the way is not ordinary. */
export function pathOf(
  from: Line,
  { source, target = [], reenter }: Transition,
): StatePath | undefined {
  const [goal, ...others] = target as readonly AnyStateNode[];
  if (!from.nodes.includes(source) || others.length > 0) return undefined;
  if (goal === undefined) return { exits: [], entries: [], to: from };
  const isRoot = goal.parent === undefined || (reenter && source.parent === undefined);
  const domain = isRoot ? undefined : domainOf(source, goal, reenter);
  if (domain === undefined) return undefined;
  const above = ancestorsOf(goal).filter((node) => isBelow(node, domain));
  const entries = above.reverse().map((node) => ({ node, byDefault: false }));
  const leaf = defaultEntries(goal, entries, goal !== domain);
  const to = lineTo(leaf);
  return to && { exits: from.nodes.filter((node) => isBelow(node, domain)).reverse(), entries, to };
}

/** The state below which the transition changes the active states; the state itself stays active. */
function domainOf(
  source: AnyStateNode,
  goal: AnyStateNode,
  reenter: boolean,
): AnyStateNode | undefined {
  if (!reenter && (goal === source || isBelow(goal, source))) return source;
  const aboveSource = ancestorsOf(source);
  return ancestorsOf(goal).find((node) => aboveSource.includes(node));
}

/** The way into a machine that starts. Undefined: the way is not ordinary. */
export function initialPath(root: AnyStateNode): StatePath | undefined {
  const entries: Entry[] = [];
  const to = lineTo(defaultEntries(root, entries, true));
  return to && { exits: [], entries, to };
}

/** Adds the state, if it is entered, and its initial states. Returns the leaf. */
function defaultEntries(node: AnyStateNode, entries: Entry[], isEntered: boolean): AnyStateNode {
  if (isEntered) entries.push({ node, byDefault: true });
  const [first] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return first === undefined ? node : defaultEntries(first, entries, true);
}
