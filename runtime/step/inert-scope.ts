/**
 * The inert scope in which XState takes its steps. XState gives its actions to the scope, and the
 * scope executes no action.
 *
 * Invariants:
 * - One scope: all steps of the process share the scope. Steps are synchronous, so two steps never
 *   use the scope at the same time.
 * - No live actors: a machine sees itself, its parent and its children as references
 *   (`inert-reference.ts`).
 */
import type { AnyEventObject, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { JsonObject } from '../ports/json.ts';
import { InertSelf, inertSystem } from './inert-reference.ts';
import type { MachineDefinition } from './machine-definition.ts';

/** An action that XState would execute. */
export interface CollectedAction {
  readonly type: string;
  readonly info: { context: JsonObject; event: AnyEventObject };
  readonly params: unknown;
  readonly exec: unknown;
}

type Scope = Parameters<MachineDefinition['machine']['transition']>[2];

let collected: CollectedAction[] = [];
const scope = {
  self: new InertSelf([], ''),
  id: '',
  sessionId: '',
  system: inertSystem,
  logger: () => undefined,
  defer: () => undefined,
  stopChild: () => undefined,
  emit: () => undefined,
  actionExecutor: (action: CollectedAction) => {
    collected.push(action);
  },
};

/** The actions of the last transition. */
export function collectedActions(): readonly CollectedAction[] {
  return collected;
}

/** The first snapshot. `self`: the actor as the machine sees itself. Throws the machine's errors. */
export function inertInitial(
  { machine }: MachineDefinition,
  input: unknown,
  self: InertSelf,
): AnyMachineSnapshot {
  collected = [];
  scope.self = self;
  return machine.getInitialSnapshot(scope as never as Scope, input as never);
}

export function inertTransition(
  { machine }: MachineDefinition,
  snapshot: AnyMachineSnapshot,
  event: AnyEventObject,
  self: InertSelf,
): AnyMachineSnapshot {
  collected = [];
  scope.self = self;
  return machine.transition(snapshot, event, scope as never as Scope);
}

/**
 * Calls `see` for every microstep, of any machine, until the caller calls the returned function.
 * Explorations count states and transitions with it; a step does not need it.
 */
export function observeMicrosteps(
  see: (transitions: readonly object[], snapshot: AnyMachineSnapshot) => void,
): () => void {
  const subscription = inertSystem.inspect((event: InspectionEvent) => {
    if (event.type === '@xstate.microstep')
      see(event._transitions, event.snapshot as AnyMachineSnapshot);
  });
  return () => subscription.unsubscribe();
}
