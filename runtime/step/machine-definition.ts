/**
 * A machine as the runtime takes it: checked once, at definition time, so that nothing the step meets is unknown.
 *
 * 1. Every action is named and made by `effects.ts`, or is one of XState's own; anything else is refused with the state that has it.
 * 2. Every invoked or spawned actor is named and is an activity, a promise or a machine (whose own definition is checked the same way).
 * 3. `onSnapshot`, `syncSnapshot` and `systemId` are refused: they need live actors.
 * 4. The machine that is stepped has inert placeholders for its actors, so that XState never builds a live one.
 * 5. Guards and delays that are named are there. Stored states name their machine: the root by its id, a child by the name under
 *    which its parent has it in `setup({ actors })`. So one machine provided twice is two machines.
 * 6. A machine that never comes to rest is stopped by an error, not by the end of the process.
 */
import { type AnyStateMachine, fromPromise, type StateNode } from 'xstate';
import { Broken } from '../ports/errors.ts';
import { identityOf } from '../ports/identity.ts';
import { type Activity, activityOf } from './activity.ts';
import { effectResolver } from './effects.ts';
import { childIdProblem } from './path.ts';
import { promiseActivity } from './promise-activity.ts';

/** Any machine of XState. */
export type AnyMachine = AnyStateMachine;

/** A machine that has been checked. Made by `defineMachine`, and by `defineService` for each of its machines. */
export interface MachineDefinition {
  /** Of a root the id of the machine, of a child the name under which its parent has it. */
  readonly name: string;
  /** The names from the root down to this machine: no other machine of the family has them. */
  readonly place: string;
  readonly version: number;
  /** Stepped: with placeholders for its actors. */
  readonly machine: AnyStateMachine;
  readonly activities: ReadonlyMap<string, Activity>;
  readonly children: ReadonlyMap<string, MachineDefinition>;
}

type AnyStateNode = StateNode<never, never> | AnyStateMachine['root'];

function refuse(machine: AnyStateMachine, state: string, problem: string): never {
  throw new Broken('machine-invalid', `machine '${machine.id}', state '${state}': ${problem}`, {
    at: state,
  });
}

function transitionsOf(node: AnyStateNode) {
  return [...node.transitions.values()].flat().concat(node.always ?? []);
}

function actionsOf(node: AnyStateNode): readonly unknown[] {
  const initial = node.initial?.actions ?? [];
  return [
    ...node.entry,
    ...node.exit,
    ...initial,
    ...transitionsOf(node).flatMap((transition) => transition.actions),
  ];
}

function checkImplementation(machine: AnyStateMachine, state: string, name: string): void {
  const implementation: unknown = machine.implementations.actions[name];
  if (implementation === undefined)
    refuse(machine, state, `the action '${name}' has no implementation`);
  if (typeof implementation === 'function' && 'resolve' in implementation) {
    checkBuiltIn(machine, state, implementation);
    return;
  }
  if (effectResolver(implementation) !== undefined) return;
  refuse(
    machine,
    state,
    `the action '${name}' is a plain function; allowed are publish, ask, reply, write, read, record, refuse and XState's own (assign, raise, …)`,
  );
}

/** What XState's own action creators leave on the function they return. */
interface BuiltIn {
  readonly type?: unknown;
  readonly src?: unknown;
  readonly systemId?: unknown;
  readonly syncSnapshot?: unknown;
  readonly delay?: unknown;
}

function checkBuiltIn(machine: AnyStateMachine, state: string, action: object): void {
  const { type, src, systemId, syncSnapshot, delay } = action as BuiltIn;
  if (systemId !== undefined) refuse(machine, state, 'systemId needs live actors');
  if (syncSnapshot === true) refuse(machine, state, 'syncSnapshot needs a live actor');
  if (type === 'xstate.spawnChild') checkSource(machine, state, 'spawns', src);
  if (typeof delay === 'string' && machine.implementations.delays[delay] === undefined) {
    refuse(machine, state, `the delay '${delay}' is not named in setup({ delays })`);
  }
}

function checkAction(machine: AnyStateMachine, state: string, action: unknown): void {
  if (typeof action === 'string') checkImplementation(machine, state, action);
  else if (typeof action === 'function') checkFunction(machine, state, action);
  else if (typeof action === 'object' && action !== null && 'type' in action)
    checkImplementation(machine, state, String(action.type));
  else refuse(machine, state, `unknown action ${String(action)}`);
}

function checkFunction(
  machine: AnyStateMachine,
  state: string,
  action: { readonly name: string },
): void {
  if ('resolve' in action) checkBuiltIn(machine, state, action);
  else
    refuse(
      machine,
      state,
      `an inline action${action.name ? ` ('${action.name}')` : ''} cannot be interpreted: name it`,
    );
}

function checkGuard(machine: AnyStateMachine, state: string, guard: unknown): void {
  if (guard === undefined) return;
  if (typeof guard === 'function') {
    // Those made by and, or, not.
    if ('guards' in guard && Array.isArray(guard.guards))
      for (const part of guard.guards) checkGuard(machine, state, part);
    return;
  }
  const name = typeof guard === 'object' && guard !== null && 'type' in guard ? guard.type : guard;
  const implementation: unknown = machine.implementations.guards[String(name)];
  if (implementation === undefined)
    refuse(machine, state, `the guard '${String(name)}' has no implementation`);
}

function checkSource(machine: AnyStateMachine, state: string, verb: string, source: unknown): void {
  if (typeof source === 'string' && Object.hasOwn(machine.implementations.actors, source)) return;
  const shown = typeof source === 'string' ? `'${source}'` : 'one that is given inline';
  refuse(machine, state, `${verb} an actor that is not named in setup({ actors }): ${shown}`);
}

function checkInvoke(machine: AnyStateMachine, node: AnyStateNode): void {
  for (const invoke of node.invoke) {
    checkSource(machine, node.id, 'invokes', invoke.src);
    const problem = childIdProblem([], invoke.id);
    if (problem !== undefined) refuse(machine, node.id, `the id of a child: ${problem}`);
    if (invoke.onSnapshot !== undefined)
      refuse(machine, node.id, `onSnapshot of '${invoke.id}' needs a live actor`);
    if (invoke.systemId !== undefined)
      refuse(machine, node.id, `systemId of '${invoke.id}' needs live actors`);
  }
}

function checkState(machine: AnyStateMachine, node: AnyStateNode): void {
  for (const action of actionsOf(node)) checkAction(machine, node.id, action);
  for (const { guard } of transitionsOf(node)) checkGuard(machine, node.id, guard);
  checkInvoke(machine, node);
  for (const child of Object.values(node.states)) checkState(machine, child as AnyStateNode);
}

function isMachine(logic: object): logic is AnyStateMachine {
  return 'root' in logic && 'implementations' in logic;
}

/** Steps within one step (raised events, `always`) before the machine is taken for endless; a machine may say its own number. */
const microstepsMax = 10_000;

/** The machine with placeholders for its actors and an end to its loops. */
function inert(machine: AnyStateMachine, actorNames: readonly string[]): AnyStateMachine {
  const placeholder = fromPromise<unknown>(() => new Promise(() => undefined));
  const stepped = machine.provide({
    actors: Object.fromEntries(actorNames.map((name) => [name, placeholder])),
  });
  const { maxIterations = Number.POSITIVE_INFINITY } = stepped.options;
  Object.assign(stepped.options, { maxIterations: Math.min(maxIterations, microstepsMax) });
  return stepped;
}

/** Checks a machine and readies it for the step. `version` is stored with every snapshot; raise it when a stored state would not fit. */
export function defineMachine(machine: AnyStateMachine, version = 1): MachineDefinition {
  if (machine.config.id === undefined)
    refuse(machine, machine.id, 'a machine needs an id: stored states are found by it');
  return definitionOf(machine, version, machine.id);
}

/** `above`: the names from the root down to the parent. */
function definitionOf(
  machine: AnyStateMachine,
  version: number,
  name: string,
  above: readonly string[] = [],
): MachineDefinition {
  checkState(machine, machine.root);
  const activities = new Map<string, Activity>();
  const children = new Map<string, MachineDefinition>();
  for (const [source, logic] of Object.entries(
    machine.implementations.actors as Record<string, object>,
  )) {
    const run = activityOf(logic) ?? promiseActivity(logic);
    if (run !== undefined) activities.set(source, run);
    else if (isMachine(logic))
      children.set(source, definitionOf(logic, version, source, [...above, name]));
    else
      throw new Broken(
        'machine-invalid',
        `machine '${machine.id}': the actor '${source}' is neither an activity, a promise nor a machine`,
      );
  }
  return {
    name,
    place: identityOf(...above, name),
    version,
    machine: inert(machine, [...activities.keys(), ...children.keys()]),
    activities,
    children,
  };
}
