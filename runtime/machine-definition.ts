/**
 * A machine as the runtime takes it: checked once, at definition time, so that nothing the step meets is unknown.
 *
 * 1. Every action is named and made by `effects.ts`, or is one of XState's own; anything else is refused with the state that has it.
 * 2. Every invoked actor is named and is an activity, a promise or a machine (whose own definition is checked the same way).
 * 3. `onSnapshot` and `systemId` are refused: both need live actors.
 * 4. The machine that is stepped has inert placeholders for its actors, so that XState never builds a live one.
 */
import { type AnyStateMachine, fromPromise, type StateNode } from 'xstate';
import { type Activity, activityOf, defaultRetryPolicy } from './activity.ts';
import { effectResolver } from './effects.ts';
import { Broken } from './errors.ts';
import type { Json } from './json.ts';

export interface MachineDefinition {
  readonly name: string;
  readonly version: number;
  /** Stepped: with placeholders for its actors. */
  readonly machine: AnyStateMachine;
  readonly activities: ReadonlyMap<string, Activity>;
  readonly children: ReadonlyMap<string, MachineDefinition>;
}

type AnyStateNode = StateNode<never, never> | AnyStateMachine['root'];

function refuse(machine: AnyStateMachine, state: string, problem: string): never {
  throw new Broken('machine-invalid', `machine '${machine.id}', state '${state}': ${problem}`, { at: state });
}

function actionsOf(node: AnyStateNode): readonly unknown[] {
  const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
  const initial = node.initial?.actions ?? [];
  return [...node.entry, ...node.exit, ...initial, ...transitions.flatMap((transition) => transition.actions)];
}

function checkImplementation(machine: AnyStateMachine, state: string, name: string): void {
  const implementation: unknown = machine.implementations.actions[name];
  if (implementation === undefined) refuse(machine, state, `the action '${name}' has no implementation`);
  const builtIn = typeof implementation === 'function' && 'resolve' in implementation;
  if (!builtIn && effectResolver(implementation) === undefined) {
    refuse(
      machine,
      state,
      `the action '${name}' is a plain function; allowed are publish, ask, reply, write, read, record and XState's own (assign, raise, …)`,
    );
  }
}

function checkAction(machine: AnyStateMachine, state: string, action: unknown): void {
  if (typeof action === 'string') return checkImplementation(machine, state, action);
  if (typeof action === 'function') {
    if (!('resolve' in action)) refuse(machine, state, `an inline action${action.name ? ` ('${action.name}')` : ''} cannot be interpreted: name it`);
    if ('systemId' in action && action.systemId !== undefined) refuse(machine, state, 'systemId needs live actors');
    if ('src' in action && typeof action.src !== 'string') refuse(machine, state, 'an inline actor cannot be restored: name it in setup({ actors })');
    return;
  }
  if (typeof action === 'object' && action !== null && 'type' in action) return checkImplementation(machine, state, String(action.type));
  refuse(machine, state, `unknown action ${String(action)}`);
}

function checkInvoke(machine: AnyStateMachine, node: AnyStateNode): void {
  for (const invoke of node.invoke) {
    if (typeof invoke.src !== 'string' || machine.implementations.actors[invoke.src] === undefined) {
      refuse(machine, node.id, `invokes an actor that is not named in setup({ actors }): '${String(invoke.src)}'`);
    }
    if (invoke.onSnapshot !== undefined) refuse(machine, node.id, `onSnapshot of '${invoke.id}' needs a live actor`);
    if (invoke.systemId !== undefined) refuse(machine, node.id, `systemId of '${invoke.id}' needs live actors`);
  }
}

function checkState(machine: AnyStateMachine, node: AnyStateNode): void {
  for (const action of actionsOf(node)) checkAction(machine, node.id, action);
  checkInvoke(machine, node);
  for (const child of Object.values(node.states)) checkState(machine, child as AnyStateNode);
}

interface PromiseLogic {
  readonly config: (args: { input: Json; signal: AbortSignal }) => PromiseLike<Json | undefined>;
}

/** A plain `fromPromise`: told from callbacks and observables by how it takes its result. */
function promiseActivity(logic: object): Activity | undefined {
  if (!('config' in logic) || typeof logic.config !== 'function' || !('transition' in logic)) return undefined;
  const settle = logic.transition as (state: object, event: object, scope: object) => { status?: string };
  try {
    const settled = settle({ status: 'active' }, { type: 'xstate.promise.resolve', data: 1 }, {});
    if (settled.status !== 'done') return undefined;
  } catch {
    return undefined;
  }
  const { config } = logic as PromiseLogic;
  return { run: async (input, { signal }) => config({ input, signal }), retry: defaultRetryPolicy };
}

function isMachine(logic: object): logic is AnyStateMachine {
  return 'root' in logic && 'implementations' in logic;
}

/** Checks a machine and readies it for the step. `version` is stored with every snapshot; raise it when a stored state would not fit. */
export function defineMachine(machine: AnyStateMachine, version = 1): MachineDefinition {
  checkState(machine, machine.root);
  const activities = new Map<string, Activity>();
  const children = new Map<string, MachineDefinition>();
  for (const [name, logic] of Object.entries(machine.implementations.actors as Record<string, object>)) {
    const run = activityOf(logic) ?? promiseActivity(logic);
    if (run !== undefined) activities.set(name, run);
    else if (isMachine(logic)) children.set(name, defineMachine(logic, version));
    else throw new Broken('machine-invalid', `machine '${machine.id}': the actor '${name}' is neither an activity, a promise nor a machine`);
  }
  const placeholder = fromPromise<unknown>(() => new Promise(() => undefined));
  const actors = Object.fromEntries([...activities.keys(), ...children.keys()].map((name) => [name, placeholder]));
  return { name: machine.id, version, machine: machine.provide({ actors }), activities, children };
}
