/**
 * Everything in one machine that the runtime cannot run as it stands, each with its state and place,
 * and everything that it runs in another way than the author may expect.
 *
 * Boundary: looks, and changes nothing. `machine-definition.ts` throws the problems of a whole family
 * at once.
 *
 * Invariants:
 * - Complete: a problem hides no other problem.
 * - Actions are named or inline, and are made by `effects.ts`, are XState's own, or are plain
 *   functions. Plain functions are noted, because they run after the commit and not durably.
 * - Actors are named or inline, and are activities, promises or machines.
 * - Synchronous: XState takes the promise of an asynchronous guard for true, and drops the promise
 *   of an asynchronous assigner. Every other function of a step gives data, and a promise is no
 *   data.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { errorText } from '../ports/errors.ts';
import { activityOf } from './activity.ts';
import { isAsync } from './async-function.ts';
import { dataFunctionOf, effectResolver, isAfterCommit } from './effects.ts';
import { type ActionPlace, placesOf, statesOf } from './machine-places.ts';
import { childIdProblem } from './path.ts';
import { promiseActivity } from './promise-activity.ts';

export interface Problem {
  readonly machine: string;
  /** Id of a state; undefined: the problem is the machine's as a whole. */
  readonly state: string | undefined;
  readonly text: string;
}

/** An actor given inline, under a name made of its place. */
export interface InlineActor {
  readonly name: string;
  readonly logic: object;
  /** Puts the name in place of the logic. Only for a machine that belongs to the caller. */
  readonly rename: () => void;
}

export interface MachineFindings {
  readonly problems: readonly Problem[];
  readonly inlineActors: readonly InlineActor[];
  /** Names of the actions that run after the commit, by their function; of an inline one its place. */
  readonly functionNames: ReadonlyMap<object, string>;
  /** Names of the functions that are not wrapped in `afterCommit`. */
  readonly plainFunctions: readonly string[];
}

/** What XState's own action creators leave on the function they return. */
interface BuiltIn {
  readonly type?: unknown;
  readonly src?: unknown;
  readonly systemId?: unknown;
  readonly syncSnapshot?: unknown;
  readonly delay?: unknown;
  /** Of `assign`: a function, or functions and values by key. */
  readonly assignment?: unknown;
}

type Invoke = AnyStateNode['invoke'][number];

const unfitActor =
  'is neither an activity, a promise nor a machine; write an activity for work with a result, let the events of a callback or an observable come as messages of the service, and make a machine of a transition function';

const asynchronous =
  'is asynchronous, and a step awaits nothing; an activity does the work, and its result is an event of onDone';

export function isMachine(logic: object): logic is AnyStateMachine {
  return 'root' in logic && 'implementations' in logic;
}

export function findingsIn(machine: AnyStateMachine, name: string): MachineFindings {
  const check = new Check(machine, name);
  check.actors();
  check.functions();
  for (const node of statesOf(machine)) check.state(node);
  return check;
}

class Check implements MachineFindings {
  readonly problems: Problem[] = [];
  readonly inlineActors: InlineActor[] = [];
  readonly functionNames = new Map<object, string>();
  readonly plainFunctions: string[] = [];
  readonly #machine: AnyStateMachine;
  readonly #name: string;

  constructor(machine: AnyStateMachine, name: string) {
    this.#machine = machine;
    this.#name = name;
  }

  actors(): void {
    const { actors } = this.#machine.implementations;
    for (const [name, logic] of Object.entries(actors as Record<string, object>))
      if (!isFit(logic)) this.#found(undefined, `the actor '${name}' ${unfitActor}`);
  }

  functions(): void {
    const { delays } = this.#machine.implementations;
    for (const [name, delay] of Object.entries(delays as Record<string, unknown>))
      if (isAsync(delay)) this.#found(undefined, `the delay '${name}' ${asynchronous}`);
    if (isAsync(this.#machine.config.context))
      this.#found(undefined, `the function of the context ${asynchronous}`);
  }

  state(node: AnyStateNode): void {
    for (const place of placesOf(node)) {
      const at = `${place.part}: `;
      for (const [index, action] of place.actions.entries())
        this.#action(place, index, action, (text) => this.#found(node.id, at + text));
      this.#guard(place.guard, (text) => this.#found(node.id, at + text));
    }
    if (isAsync(node.output)) this.#found(node.id, `the output ${asynchronous}`);
    for (const [index, invoke] of node.invoke.entries()) this.#invoke(node, index, invoke);
  }

  #found(state: string | undefined, text: string): void {
    this.problems.push({ machine: this.#name, state, text });
  }

  #action(place: ActionPlace, index: number, action: unknown, found: Found): void {
    if (typeof action === 'function') {
      const named = nameOf(place, place.actions, index);
      if ('resolve' in action) this.#builtIn(action, found, this.#inlineSpawn(place, index, named));
      else this.#function(action, named, found);
      return;
    }
    const name =
      typeof action === 'object' && action !== null && 'type' in action ? action.type : action;
    if (hasAsyncParams(action)) found(`the params of the action '${String(name)}' ${asynchronous}`);
    if (typeof name === 'string') this.#named(name, found);
    else found(`unknown action ${errorText(action)}`);
  }

  #named(name: string, found: Found): void {
    const implementation: unknown = this.#machine.implementations.actions[name];
    if (typeof implementation !== 'function') found(`the action '${name}' has no implementation`);
    else if ('resolve' in implementation) this.#builtIn(implementation, found, undefined);
    else this.#function(implementation, name, found);
  }

  #function(action: object, name: string, found: Found): void {
    if (isAsync(dataFunctionOf(action)))
      found(`the function of the effect '${name}' ${asynchronous}`);
    if (effectResolver(action) !== undefined || this.functionNames.has(action)) return;
    this.functionNames.set(action, name);
    if (!isAfterCommit(action)) this.plainFunctions.push(name);
  }

  #builtIn(action: object, found: Found, inline: InlineSpawn | undefined): void {
    const { type, src, systemId, syncSnapshot, delay, assignment } = action as BuiltIn;
    if (systemId !== undefined) found('systemId needs live actors; use an id and sendTo');
    if (syncSnapshot === true)
      found('syncSnapshot needs a live actor; let the child tell with sendParent');
    if (type === 'xstate.spawnChild') this.#source('spawns', src, found, inline);
    if (typeof delay === 'string' && this.#machine.implementations.delays[delay] === undefined)
      found(`the delay '${delay}' is not named in setup({ delays })`);
    const [, creator = 'an action'] = String(type).split('.');
    for (const part of [...Object.values(action), ...Object.values(Object(assignment))])
      if (isAsync(part)) found(`the function given to ${creator} ${asynchronous}`);
  }

  #inlineSpawn(place: ActionPlace, index: number, name: string): InlineSpawn {
    return {
      name,
      rename: () =>
        place.replace(
          place.actions.map((other, at) => (at === index ? renamedSpawn(other, name) : other)),
        ),
    };
  }

  #guard(guard: unknown, found: Found): void {
    if (guard === undefined) return;
    if (isAsync(guard)) found(`the guard ${asynchronous}`);
    if (typeof guard === 'function') {
      // A guard made by `and`, `or` or `not`.
      if ('guards' in guard && Array.isArray(guard.guards))
        for (const part of guard.guards) this.#guard(part, found);
      return;
    }
    const name =
      typeof guard === 'object' && guard !== null && 'type' in guard ? guard.type : guard;
    if (hasAsyncParams(guard)) found(`the params of the guard '${String(name)}' ${asynchronous}`);
    const implementation: unknown = this.#machine.implementations.guards[String(name)];
    if (implementation === undefined) found(`the guard '${String(name)}' has no implementation`);
    else if (isAsync(implementation)) found(`the guard '${String(name)}' ${asynchronous}`);
    else if ('guards' in Object(implementation)) this.#guard(implementation, found);
  }

  #invoke(node: AnyStateNode, index: number, invoke: Invoke): void {
    const found: Found = (text) => this.#found(node.id, `invoke: ${text}`);
    const given = configuredSource(node, index);
    const name = node.invoke.length === 1 ? `${node.id} invoke` : `${node.id} invoke ${index + 1}`;
    const rename = () => void Object.assign(invoke, { src: name });
    this.#source('invokes', given, found, { name, rename });
    const idProblem = childIdProblem([], invoke.id);
    if (idProblem !== undefined) found(`the id of a child: ${idProblem}`);
    if (isAsync(invoke.input)) found(`the input of '${invoke.id}' ${asynchronous}`);
    if (invoke.onSnapshot !== undefined)
      found(`onSnapshot of '${invoke.id}' needs a live actor; let it tell with sendParent`);
    if (invoke.systemId !== undefined)
      found(`systemId of '${invoke.id}' needs live actors; use its id and sendTo`);
  }

  #source(verb: string, source: unknown, found: Found, inline: InlineSpawn | undefined): void {
    if (typeof source === 'string') {
      if (!Object.hasOwn(this.#machine.implementations.actors, source))
        found(`${verb} an actor that is not named in setup({ actors }): '${source}'`);
      return;
    }
    if (typeof source !== 'object' || source === null || inline === undefined)
      found(`${verb} an actor that is not named in setup({ actors }): one that is given inline`);
    else if (isFit(source)) this.inlineActors.push({ ...inline, logic: source });
    else found(`${verb} an actor that ${unfitActor}`);
  }
}

type Found = (text: string) => void;
type InlineSpawn = Omit<InlineActor, 'logic'>;

function isFit(logic: object): boolean {
  return (
    isMachine(logic) || activityOf(logic) !== undefined || promiseActivity(logic) !== undefined
  );
}

function nameOf({ state, part }: ActionPlace, actions: readonly unknown[], index: number): string {
  return actions.length === 1 ? `${state} ${part}` : `${state} ${part}, action ${index + 1}`;
}

/** Of a named action or guard with a function that gives its parameters. */
function hasAsyncParams(named: unknown): boolean {
  return isAsync((Object(named) as { readonly params?: unknown }).params);
}

/** XState keeps a made-up name for inline logic; the logic stands in the config. */
function configuredSource(node: AnyStateNode, index: number): unknown {
  const { invoke } = node.config;
  return (Array.isArray(invoke) ? invoke[index] : invoke)?.src;
}

/** The same action with a name as its source. XState reads what it does from the function's members. */
function renamedSpawn(action: unknown, src: string): unknown {
  return Object.assign(() => undefined, action, { src });
}
