/**
 * The plans of a machine: which actions each transition between ordinary states resolves, in XState's
 * order, and the states after the transition. A plan is made when its transition is first taken.
 *
 * Boundary: resolves no action (`step-memo.ts`).
 */
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  assign,
  spawnChild,
  stopChild,
} from 'xstate';
import { initialPath, type Line, lineTo, pathOf, type StatePath } from './state-paths.ts';

/** An action of a machine, and its implementation. */
export interface PlannedAction {
  readonly type: string;
  readonly run: object | undefined;
  readonly params: unknown;
}

/** Actions that XState resolves together. */
export interface PlannedGroup {
  readonly actions: readonly PlannedAction[];
  /** Of a state that is entered: the ids of the actors that the state invokes. */
  readonly invoked?: readonly string[];
  /** The final state that is entered with these actions. */
  readonly completes?: AnyStateNode;
}

export interface Plan {
  readonly groups: readonly PlannedGroup[];
  readonly to: PlannedLine;
  /** Whether the same states are active afterwards. */
  readonly stays: boolean;
}

/** Active states, and what is known of the transitions from there. */
export interface PlannedLine extends Line {
  readonly tags: readonly string[];
  /** The exit actions of all states, the leaf first: for a machine that ends. */
  readonly lastExits: PlannedGroup;
  readonly plans: Map<AnyTransitionDefinition, Plan | undefined>;
}

export class StepPlans {
  readonly #machine: AnyStateMachine;
  readonly #lines = new Map<AnyStateNode, PlannedLine | undefined>();
  #start: Plan | null | undefined;

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
  }

  /** Undefined: a state of the snapshot is not ordinary, or XState has not made the snapshot. */
  lineOf({ machine, status, value, _nodes }: AnyMachineSnapshot): PlannedLine | undefined {
    const leaf: AnyStateNode | undefined = _nodes[_nodes.length - 1];
    if (leaf === undefined || machine !== this.#machine || status !== 'active') return undefined;
    const line = this.#lineTo(leaf);
    if (line === undefined) return undefined;
    const isSame = line.nodes === _nodes || areSame(line.nodes, _nodes);
    return isSame && (line.value === value || isSameValue(line.value, value)) ? line : undefined;
  }

  /** Undefined: the transition is not ordinary. */
  planOf(line: PlannedLine, transition: AnyTransitionDefinition): Plan | undefined {
    const known = line.plans.get(transition);
    if (known !== undefined || line.plans.has(transition)) return known;
    const path = pathOf(line, transition);
    const plan = path && this.#plan(path, line, transition.actions);
    line.plans.set(transition, plan);
    return plan;
  }

  /** Of the start of the machine. Undefined: its first states are not ordinary. */
  start(): Plan | undefined {
    if (this.#start === undefined) {
      const { root, config } = this.#machine;
      const path = initialPath(root);
      const first = typeof config.context === 'function' ? [contextAction(config.context)] : [];
      this.#start = (path && this.#plan(path, undefined, first)) ?? null;
    }
    return this.#start ?? undefined;
  }

  planned(action: unknown): PlannedAction {
    if (typeof action === 'function')
      return { type: action.name || '(anonymous)', run: action, params: undefined };
    const isName = typeof action === 'string';
    const { type, params } = isName
      ? { type: action }
      : (action as { type: string; params?: unknown });
    return { type, run: this.#machine.implementations.actions[type], params };
  }

  #lineTo(leaf: AnyStateNode): PlannedLine | undefined {
    const known = this.#lines.get(leaf);
    if (known !== undefined || this.#lines.has(leaf)) return known;
    const line = lineTo(leaf);
    const planned = line && {
      ...line,
      tags: tagsOf(line.nodes),
      lastExits: this.#group(line.nodes.toReversed().flatMap(({ exit }) => exit)),
      plans: new Map<AnyTransitionDefinition, Plan | undefined>(),
    };
    this.#lines.set(leaf, planned);
    return planned;
  }

  /** `actions`: of the transition, or of the context of a machine that starts. */
  #plan(
    { exits, entries, to }: StatePath,
    from: PlannedLine | undefined,
    actions: readonly unknown[],
  ): Plan | undefined {
    const line = this.#lineTo(to.nodes.at(-1) as AnyStateNode);
    if (line === undefined) return undefined;
    const left = exits.map(({ exit, invoke }) =>
      this.#group([...exit, ...invoke.map(({ id }) => stopChild(id))]),
    );
    const entered = entries.map(({ node, byDefault }) => this.#entry(node, byDefault));
    const groups = [...left, this.#group(actions), ...entered];
    return {
      groups: groups.filter((group) => group.actions.length > 0 || group.completes !== undefined),
      to: line,
      stays: line === from,
    };
  }

  #group(actions: readonly unknown[]): PlannedGroup {
    return { actions: actions.map((action) => this.planned(action)) };
  }

  #entry(node: AnyStateNode, byDefault: boolean): PlannedGroup {
    const { entry, invoke, initial, type } = node;
    const started = invoke.map((one) =>
      spawnChild(one.src, { ...one, syncSnapshot: one.onSnapshot !== undefined } as never),
    );
    const first = byDefault && type === 'compound' ? initial.actions : [];
    const { actions } = this.#group([...entry, ...started, ...first]);
    const group = { actions, invoked: invoke.map(({ id }) => id) };
    return type === 'final' ? { ...group, completes: node } : group;
  }
}

/** In the order in which XState lists the states. */
export function tagsOf(nodes: readonly AnyStateNode[]): readonly string[] {
  return nodes.flatMap(({ tags }) => tags as string[]);
}

/** XState's own way to the context that a function makes of the input. */
function contextAction(context: (args: object) => object): unknown {
  return assign(({ spawn, event, self }: { spawn: unknown; event: object; self: unknown }) =>
    context({ spawn, input: (event as { input?: unknown }).input, self }),
  );
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

/** Values of single lines have one key on each level. */
function isSameValue(one: unknown, other: unknown): boolean {
  return typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other);
}
