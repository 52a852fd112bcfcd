/**
 * The inert world in which XState takes its steps: it hands out its actions there, and none of them is executed.
 *
 * 1. One scope for every step of the process: steps are synchronous, so they never overlap in it.
 * 2. No live actor is ever made: a machine sees itself, its parent and its children as references (`inert-reference.ts`).
 */
import type { AnyEventObject, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { JsonObject } from '../ports/json.ts';
import { InertSelf, inertSystem } from './inert-reference.ts';
import type { MachineDefinition } from './machine-definition.ts';

/** What XState would execute. */
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

/** The actions of the last transition. Throws what the machine throws; then there are none. */
export function collectedActions(): readonly CollectedAction[] {
  return collected;
}

/** `self` is the actor as the machine sees itself. */
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

/** Tells of every microstep from now on; returns what ends it. For those who look at a machine as a whole; a step needs none of it. */
export function observeMicrosteps(
  see: (transitions: readonly object[], snapshot: AnyMachineSnapshot) => void,
): () => void {
  const subscription = inertSystem.inspect((event: InspectionEvent) => {
    if (event.type === '@xstate.microstep')
      see(event._transitions, event.snapshot as AnyMachineSnapshot);
  });
  return () => subscription.unsubscribe();
}
