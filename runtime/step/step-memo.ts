/**
 * XState's step of a machine, with a memory of the states that each transition leaves and enters.
 *
 * XState works these states out in every step, and makes a whole snapshot for each `assign`. Both are
 * most of the work of a small step. The memo remembers the states and makes one snapshot a step.
 *
 * Boundary: XState chooses the transitions and evaluates the guards. XState's actions resolve
 * themselves, except `assign`. Assigners, parameters and outputs get the arguments of XState.
 *
 * Invariants:
 * - Equal: snapshots and actions are those of `machine.transition` and `machine.getInitialSnapshot`.
 * - Refused: the answer undefined means that XState must take the step from the start. The memo gives
 *   this answer for a step that throws, for states and transitions that are not ordinary
 *   (`state-paths.ts`), and for snapshots that are not as XState makes them.
 */
import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  assign,
  createMachine,
  stopChild,
} from 'xstate';
import type { Draft } from '../ports/draft.ts';
import type { JsonObject } from '../ports/json.ts';
import type { BuiltIn, CollectedAction, MemoScope } from './collected-action.ts';
import { type Plan, type PlannedAction, type PlannedLine, StepPlans, tagsOf } from './step-plan.ts';

type Mapper = (args: object, params: unknown) => unknown;
type Retries = (readonly [action: BuiltIn, params: unknown])[];

/** XState gives these members to every snapshot. */
const { matches, hasTag, can, getMeta, toJSON } = createMachine({}).resolveState({ value: {} });
const { resolve: resolveAssign } = assign({}) as unknown as BuiltIn;

/** Events that XState does not look up in the states. */
const strangeEvents: ReadonlySet<string> = new Set(['*', 'xstate.init', 'xstate.stop']);

/** Set by an assigner that spawns an actor, also by one that catches the error. */
let hasSpawned = false;

function refuseSpawn(): never {
  hasSpawned = true;
  throw new Error('the memo spawns no actors');
}

export class StepMemo {
  readonly machine: AnyStateMachine;
  readonly #plans: StepPlans;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.#plans = new StepPlans(machine);
  }

  initial(input: unknown, scope: MemoScope): AnyMachineSnapshot | undefined {
    const plan = this.#plans.start();
    if (plan === undefined) return undefined;
    const { root, config } = this.machine;
    const { context } = config;
    const before = {
      status: 'active',
      machine: this.machine,
      context: typeof context === 'function' || !context ? {} : context,
      _nodes: [root],
      value: plan.to.value,
      children: {},
      historyValue: {},
      matches,
    };
    const step = new Macrostep(this.#plans, before as never, plan.to, scope);
    return settled(step, () => step.start(plan, { type: 'xstate.init', input }));
  }

  transition(
    snapshot: AnyMachineSnapshot,
    event: AnyEventObject,
    scope: MemoScope,
  ): AnyMachineSnapshot | undefined {
    const line = strangeEvents.has(event.type) ? undefined : this.#plans.lineOf(snapshot);
    if (line === undefined) return undefined;
    const step = new Macrostep(this.#plans, snapshot, line, scope);
    return settled(step, () => step.take(event));
  }
}

function settled(step: Macrostep, run: () => boolean): AnyMachineSnapshot | undefined {
  hasSpawned = false;
  try {
    return run() && !hasSpawned ? step.snapshot() : undefined;
  } catch {
    return undefined;
  }
}

/** The transitions of one event and of all events that the machine raises: XState's macrostep. */
class Macrostep {
  readonly #plans: StepPlans;
  readonly #scope: MemoScope;
  readonly #queue: AnyEventObject[] = [];
  #line: PlannedLine;
  /**
   * The machine's snapshot, and from the first change on a copy. Guards read it between
   * transitions.
   */
  #snapshot: Draft<AnyMachineSnapshot>;
  #isCopy = false;

  constructor(plans: StepPlans, before: AnyMachineSnapshot, line: PlannedLine, scope: MemoScope) {
    this.#plans = plans;
    this.#scope = scope;
    this.#line = line;
    this.#snapshot = before;
  }

  snapshot(): AnyMachineSnapshot {
    return this.#snapshot;
  }

  /** False: refused. */
  take(event: AnyEventObject): boolean {
    return this.#transition(event) && this.#rest(event);
  }

  /** False: refused. */
  start(plan: Plan, event: AnyEventObject): boolean {
    this.#follow(plan, event);
    return this.#rest(event);
  }

  #rest(first: AnyEventObject): boolean {
    let event: AnyEventObject | undefined = first;
    let last = first;
    const { maxIterations = Number.POSITIVE_INFINITY } = this.#snapshot.machine.options;
    for (let left = maxIterations; this.#snapshot.status === 'active'; left -= 1) {
      if (left <= 0) return false;
      event = this.#queue.shift();
      if (event === undefined) return true;
      last = event;
      if (!this.#transition(event)) return false;
    }
    const { children } = this.#snapshot;
    const stops = Object.values(children).map((child) => stopChild(child as never));
    this.#perform(
      stops.map((stop) => this.#plans.planned(stop)),
      last,
    );
    // XState stops the children of a machine that has ended, and keeps them in the snapshot.
    if (stops.length > 0) this.#copy().children = children;
    return true;
  }

  #transition(event: AnyEventObject): boolean {
    const [transition] = this.#snapshot.machine.getTransitionData(this.#snapshot as never, event);
    if (transition === undefined) return !event.type.startsWith('xstate.error.actor');
    const plan = this.#plans.planOf(this.#line, transition);
    if (plan !== undefined) this.#follow(plan, event);
    return plan !== undefined;
  }

  #follow({ groups, to, stays }: Plan, event: AnyEventObject): void {
    for (const { actions, invoked, completes } of groups) {
      const retries: Retries | undefined = invoked === undefined ? undefined : [];
      this.#perform(actions, event, invoked, retries);
      if (retries !== undefined)
        for (const [action, params] of retries)
          action.retryResolve?.(this.#scope, this.#snapshot, params);
      if (completes !== undefined) this.#complete(completes, event);
    }
    const hasEnded = this.#snapshot.status === 'done';
    if (hasEnded) this.#perform(to.lastExits.actions, event);
    if (stays) return;
    const copy = this.#copy();
    copy._nodes = hasEnded ? to.nodes.toReversed() : (to.nodes as AnyStateNode[]);
    copy.value = to.value;
    copy.tags = new Set(hasEnded ? tagsOf(copy._nodes) : to.tags);
    this.#line = to;
  }

  /**
   * A final state is entered. XState ends the machine when the state stands directly below the
   * root.
   */
  #complete({ id, parent, output }: AnyStateNode, event: AnyEventObject): void {
    const above = parent as AnyStateNode;
    this.#queue.push(doneEvent(above.id, this.#mapped(output, event)));
    if (above.parent !== undefined) return;
    const done =
      above.output === undefined ? undefined : doneEvent(id, this.#mapped(output, event));
    const result = done && this.#mapped(above.output, done);
    const copy = this.#copy();
    copy.output = result;
    copy.status = 'done';
  }

  #mapped(output: unknown, event: AnyEventObject): unknown {
    if (typeof output !== 'function') return output;
    return output({ context: this.#snapshot.context, event, self: this.#scope.self });
  }

  #perform(
    actions: readonly PlannedAction[],
    event: AnyEventObject,
    deferredActorIds?: readonly string[],
    retries?: Retries,
  ): void {
    const { self, system, actionExecutor } = this.#scope;
    for (const { type, run, params: given } of actions) {
      const { context } = this.#snapshot;
      const info = { context: context as JsonObject, event, self, system };
      const params = typeof given === 'function' ? given({ context, event }) : given;
      if (run === undefined || !('resolve' in run)) {
        actionExecutor({ type, info, params, exec: run });
        continue;
      }
      const action = run as BuiltIn;
      if (action.resolve === resolveAssign) {
        this.#assign((run as { assignment?: unknown }).assignment, info, params);
        continue;
      }
      const extra = { internalQueue: this.#queue, deferredActorIds };
      const [snapshot, resolved, more] = action.resolve(
        this.#scope,
        this.#snapshot,
        info,
        params,
        action,
        extra,
      );
      if (snapshot !== this.#snapshot) this.#copy().children = snapshot.children;
      if ('retryResolve' in action) retries?.push([action, resolved]);
      if ('execute' in action)
        actionExecutor({ type: action.type, info, params: resolved, exec: action.execute });
      if (more !== undefined)
        this.#perform(
          more.map((one) => this.#plans.planned(one)),
          event,
          deferredActorIds,
          retries,
        );
    }
  }

  #assign(assignment: unknown, { context, event }: CollectedAction['info'], params: unknown): void {
    if (!context) throw new Error('XState has its own error for an absent context');
    const { self, system } = this.#scope;
    const args = { context, event, spawn: refuseSpawn, self, system };
    let changed: Record<string, unknown> = {};
    if (typeof assignment === 'function') changed = assignment(args, params);
    else
      for (const [key, value] of Object.entries(assignment as object))
        changed[key] = typeof value === 'function' ? (value as Mapper)(args, params) : value;
    this.#copy().context = Object.assign({}, context, changed);
  }

  /** The members stand in XState's order. */
  #copy(): Draft<AnyMachineSnapshot> {
    if (this.#isCopy) return this.#snapshot;
    const {
      status,
      output,
      error,
      machine,
      context,
      _nodes,
      value,
      children,
      historyValue = {},
    } = this.#snapshot;
    const tags = new Set(this.#line.tags);
    const copy = {
      status,
      output,
      error,
      machine,
      context,
      _nodes,
      value,
      tags,
      children,
      historyValue,
      matches,
      hasTag,
      can,
      getMeta,
      toJSON,
    };
    this.#isCopy = true;
    this.#snapshot = copy as never;
    return this.#snapshot;
  }
}

function doneEvent(stateId: string, output: unknown): AnyEventObject {
  return { type: `xstate.done.state.${stateId}`, output };
}
