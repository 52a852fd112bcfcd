/**
 * The places of a machine at which actions, guards and actors stand, each with a name that a reader
 * finds in the machine's text.
 *
 * Boundary: knows how XState keeps a machine, and judges nothing (`machine-problems.ts`).
 *
 * - Changeable: a place may get other actions. Its machine must belong to the caller.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** A list of actions: of an entry, an exit, a transition. */
export interface ActionPlace {
  /** Id of the state. */
  readonly state: string;
  /** `entry`, `on 'pay'`, `after 60000`, `onDone of 'bank' [2]`. */
  readonly part: string;
  readonly actions: readonly unknown[];
  readonly guard?: unknown;
  readonly replace: (actions: readonly unknown[]) => void;
}

export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  const below = (node: AnyStateNode): AnyStateNode[] => [
    node,
    ...Object.values(node.states).flatMap((child) => below(child as AnyStateNode)),
  ];
  return below(machine.root as AnyStateNode);
}

export function placesOf(node: AnyStateNode): readonly ActionPlace[] {
  const own = { state: node.id };
  const places: ActionPlace[] = [
    { ...own, part: 'entry', actions: node.entry, replace: put(node, 'entry') },
    { ...own, part: 'exit', actions: node.exit, replace: put(node, 'exit') },
  ];
  const { initial } = node;
  if (initial !== undefined && initial.actions.length > 0)
    places.push({
      ...own,
      part: 'initial',
      actions: initial.actions,
      replace: put(initial, 'actions'),
    });
  for (const [descriptor, transitions] of node.transitions)
    places.push(...transitionPlaces(node, triggerText(descriptor, node), transitions));
  places.push(...transitionPlaces(node, 'always', node.always ?? []));
  return places;
}

type Transitions = NonNullable<AnyStateNode['always']>;

function transitionPlaces(
  { id }: AnyStateNode,
  trigger: string,
  transitions: Transitions,
): readonly ActionPlace[] {
  return transitions.map((transition, index) => ({
    state: id,
    part: transitions.length === 1 ? trigger : `${trigger} [${index + 1}]`,
    actions: transition.actions,
    guard: transition.guard,
    replace: put(transition, 'actions'),
  }));
}

function put(owner: object, key: string): ActionPlace['replace'] {
  return (actions) => void Object.assign(owner, { [key]: actions });
}

const events: readonly (readonly [prefix: string, text: string])[] = [
  ['xstate.done.actor.', 'onDone of '],
  ['xstate.error.actor.', 'onError of '],
  ['xstate.snapshot.', 'onSnapshot of '],
];

/** What the machine's text says for an event's name. */
function triggerText(descriptor: string, { id }: AnyStateNode): string {
  if (descriptor === `xstate.done.state.${id}`) return 'onDone';
  const delayed = /^xstate\.after\.(.*?)\./.exec(descriptor);
  if (delayed !== null && descriptor.endsWith(`.${id}`))
    return `after ${descriptor.slice('xstate.after.'.length, -id.length - 1)}`;
  for (const [prefix, text] of events)
    if (descriptor.startsWith(prefix)) return `${text}'${descriptor.slice(prefix.length)}'`;
  return `on '${descriptor}'`;
}
