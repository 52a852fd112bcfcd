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
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, InspectionEvent } from 'xstate';
import type { CollectedAction } from './collected-action.ts';
import { InertSelf, inertSystem } from './inert-reference.ts';
import type { MachineDefinition } from './machine-definition.ts';
import { StepMemo } from './step-memo.ts';

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

/** Observers see the microsteps of XState, so the memo takes no step for them. */
const observers = new Set<object>();
const memos = new WeakMap<AnyStateMachine, StepMemo>();

function memoOf(machine: AnyStateMachine): StepMemo {
  const known = memos.get(machine);
  if (known !== undefined) return known;
  const memo = new StepMemo(machine);
  memos.set(machine, memo);
  return memo;
}

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
  const remembered = observers.size === 0 ? memoOf(machine).initial(input, scope) : undefined;
  if (remembered !== undefined) return remembered;
  collected = [];
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
  const remembered =
    observers.size === 0 ? memoOf(machine).transition(snapshot, event, scope) : undefined;
  if (remembered !== undefined) return remembered;
  collected = [];
  return machine.transition(snapshot, event, scope as never as Scope);
}

/**
 * Calls `see` for every microstep, of any machine, until the caller calls the returned function.
 * Explorations count states and transitions in this way; a step does not need the function.
 */
export function observeMicrosteps(
  see: (transitions: readonly object[], snapshot: AnyMachineSnapshot) => void,
): () => void {
  const subscription = inertSystem.inspect((event: InspectionEvent) => {
    if (event.type === '@xstate.microstep')
      see(event._transitions, event.snapshot as AnyMachineSnapshot);
  });
  observers.add(subscription);
  return () => {
    subscription.unsubscribe();
    observers.delete(subscription);
  };
}
