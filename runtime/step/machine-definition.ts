/**
 * A machine that the runtime can step. The machine is checked once, at its definition, so that a step
 * meets no unknown construct.
 *
 * Invariants:
 * - All problems at once: the error lists the problems of the whole family, each with its machine,
 *   state and place (`machine-problems.ts`).
 * - No live actors: the stepped machine has inert placeholders for its actors. An inline actor gets a
 *   name that is made of its place.
 * - Names: a stored state names its machine. The name of a root is its id, or without an id its name
 *   in the service. The name of a child is its key in `setup({ actors })` of its parent. So one
 *   machine under two keys is two machines.
 * - A machine comes to rest: an endless loop is stopped by an error, not by the end of the process.
 */
import { type AnyStateMachine, fromPromise } from 'xstate';
import { Broken } from '../ports/errors.ts';
import { identityOf } from '../ports/identity.ts';
import { type Activity, activityOf } from './activity.ts';
import { findingsIn, isMachine, type MachineFindings, type Problem } from './machine-problems.ts';
import { promiseActivity } from './promise-activity.ts';

/** Any machine of XState. */
export type AnyMachine = AnyStateMachine;

/** A checked machine. Made by `defineMachine`, and by `defineService` for each machine. */
export interface MachineDefinition {
  /** The name of the machine, see the invariant "Names". */
  readonly name: string;
  /** The names from the root down to this machine: no other machine of the family has them. */
  readonly place: string;
  readonly version: number;
  /** Stepped: with placeholders for its actors. */
  readonly machine: AnyStateMachine;
  readonly activities: ReadonlyMap<string, Activity>;
  readonly children: ReadonlyMap<string, MachineDefinition>;
  /**
   * The names of the actions that run after the commit, by their function. The name of an inline
   * action is its place.
   */
  readonly functionNames: ReadonlyMap<object, string>;
  /** Texts for the log at start: the parts that run in another way than in live XState. */
  readonly warnings: readonly string[];
}

/**
 * The largest number of microsteps (raised events, `always`) in one step. A machine may set a number
 * of its own.
 */
const microstepsMax = 10_000;

/**
 * Checks a machine and prepares the machine for the step. `version` is stored with every snapshot;
 * raise the version when a stored state would not fit. `name` is for a machine without an id.
 * @throws Broken `machine-invalid` with all problems of the machine and its children
 */
export function defineMachine(
  machine: AnyStateMachine,
  version = 1,
  name?: string,
): MachineDefinition {
  const known = machine.config.id ?? name;
  const family = new FamilyCheck(version);
  if (known === undefined)
    family.problems.push({
      machine: machine.id,
      state: undefined,
      text: 'a machine needs an id: stored states are found by it',
    });
  const definition = family.define(machine, known ?? machine.id);
  if (family.problems.length > 0) throw refusal(definition.name, family.problems);
  return definition;
}

function refusal(machine: string, problems: readonly Problem[]): Broken {
  const texts = problems.map(
    (problem) =>
      `machine '${problem.machine}'${problem.state === undefined ? '' : `, state '${problem.state}'`}, ${problem.text}`,
  );
  const [first, ...more] = texts;
  const message =
    more.length === 0
      ? String(first)
      : `machine '${machine}' has ${texts.length} problems:\n${texts.map((text) => `- ${text}`).join('\n')}`;
  const at = problems.find(({ state }) => state !== undefined)?.state;
  return new Broken('machine-invalid', message, at === undefined ? {} : { at });
}

/** Defines the machines of one family and collects their problems. */
class FamilyCheck {
  readonly problems: Problem[] = [];
  readonly #version: number;

  constructor(version: number) {
    this.#version = version;
  }

  /** `above`: the names from the root down to the parent. */
  define(machine: AnyStateMachine, name: string, above: readonly string[] = []): MachineDefinition {
    const stepped = machine.provide({});
    const findings = findingsIn(stepped, name);
    this.problems.push(...findings.problems);
    const actors = allActors(machine, findings);
    const activities = new Map<string, Activity>();
    const children = new Map<string, MachineDefinition>();
    for (const [source, logic] of actors) {
      const run = activityOf(logic) ?? promiseActivity(logic);
      if (run !== undefined) activities.set(source, run);
      else if (isMachine(logic)) children.set(source, this.define(logic, source, [...above, name]));
    }
    makeInert(stepped, actors.keys(), findings);
    return {
      name,
      place: identityOf(...above, name),
      version: this.#version,
      machine: stepped,
      activities,
      children,
      functionNames: findings.functionNames,
      warnings: [
        ...warningsOf(name, findings),
        ...[...children.values()].flatMap((child) => child.warnings),
      ],
    };
  }
}

function allActors(
  machine: AnyStateMachine,
  { inlineActors }: MachineFindings,
): ReadonlyMap<string, object> {
  return new Map([
    ...Object.entries(machine.implementations.actors as Record<string, object>),
    ...inlineActors.map(({ name, logic }) => [name, logic] as const),
  ]);
}

/**
 * Gives the machine placeholders for its actors, and a limit of microsteps. The function changes the
 * machine, so the machine must belong to the caller.
 */
function makeInert(
  machine: AnyStateMachine,
  actors: Iterable<string>,
  { inlineActors }: MachineFindings,
): void {
  const placeholder = fromPromise<unknown>(() => new Promise(() => undefined));
  const placeholders = Object.fromEntries([...actors].map((name) => [name, placeholder]));
  Object.assign(machine.implementations.actors, placeholders);
  for (const { rename } of inlineActors) rename();
  const { maxIterations = Number.POSITIVE_INFINITY } = machine.options;
  Object.assign(machine.options, { maxIterations: Math.min(maxIterations, microstepsMax) });
}

function warningsOf(
  machine: string,
  { inlineActors, plainFunctions }: MachineFindings,
): readonly string[] {
  const warnings: string[] = [];
  if (plainFunctions.length > 0)
    warnings.push(
      `machine '${machine}' has plain functions as actions: ${plainFunctions.join('; ')}. They run once after the commit and are lost when the process ends in between. Wrap in afterCommit what may be lost, and make an effect or an activity of the others`,
    );
  if (inlineActors.length > 0)
    warnings.push(
      `machine '${machine}' has inline actors: ${inlineActors.map(({ name }) => name).join('; ')}. They are stored under the name of their place, so an edit of the machine may lose what runs. Name them in setup({ actors })`,
    );
  return warnings;
}
