/**
 * The inert world in which XState takes its steps: it hands out its actions there, and none of them is executed.
 *
 * 1. One scope for every step of the process: steps are synchronous, so they never overlap in it.
 * 2. No live actor is ever made. Who a machine can talk to (itself, its parent, its children) is a reference with a name and nothing else.
 * 3. A reference is no data: storing one is refused (`json-value.ts`), and so is talking to it directly, because both would be lost.
 */
import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  createActor,
  createMachine,
  type InspectionEvent,
} from 'xstate';
import type { JsonObject } from '../ports/json.ts';
import { InertReference } from './inert-reference.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { parentId } from './path.ts';

/** What XState would execute. */
export interface CollectedAction {
  readonly type: string;
  readonly info: { context: JsonObject; event: AnyEventObject };
  readonly params: unknown;
  readonly exec: unknown;
}

type Scope = Parameters<MachineDefinition['machine']['transition']>[2];

const { system } = createActor(createMachine({}));
const inertParent = new InertReference(parentId);
/** XState looks for the parent and the system of whom it steps. */
export const inertSelf: InertReference = Object.assign(new InertReference(''), {
  _parent: inertParent,
  system,
});

let collected: CollectedAction[] = [];
const scope = {
  self: inertSelf,
  id: '',
  sessionId: '',
  system,
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

export function inertInitial({ machine }: MachineDefinition, input: unknown): AnyMachineSnapshot {
  collected = [];
  return machine.getInitialSnapshot(scope as never as Scope, input as never);
}

export function inertTransition(
  { machine }: MachineDefinition,
  snapshot: AnyMachineSnapshot,
  event: AnyEventObject,
): AnyMachineSnapshot {
  collected = [];
  return machine.transition(snapshot, event, scope as never as Scope);
}

/** Tells of every microstep from now on; returns what ends it. For those who look at a machine as a whole; a step needs none of it. */
export function observeMicrosteps(
  see: (transitions: readonly object[], snapshot: AnyMachineSnapshot) => void,
): () => void {
  const subscription = system.inspect((event: InspectionEvent) => {
    if (event.type === '@xstate.microstep')
      see(event._transitions, event.snapshot as AnyMachineSnapshot);
  });
  return () => subscription.unsubscribe();
}

/** Gives a snapshot that nobody else holds yet the references to its children. */
export function referTo(snapshot: AnyMachineSnapshot, ids: readonly string[]): void {
  if (ids.length > 0)
    Object.assign(snapshot, {
      children: Object.fromEntries(ids.map((id) => [id, new InertReference(id)])),
    });
}
