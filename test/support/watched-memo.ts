/**
 * Watches the step memo: XState takes each step of the memo too, and both are compared in full.
 *
 * 1. A step counts as served when the memo has answered; otherwise XState takes the step alone.
 * 2. The memo of the whole process is watched, until `stop`.
 */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { CollectedAction, MemoScope } from '../../runtime/step/collected-action.ts';
import { StepMemo } from '../../runtime/step/step-memo.ts';

type Scope = Parameters<AnyMachineSnapshot['machine']['transition']>[2];
type Take = (scope: MemoScope) => AnyMachineSnapshot | undefined;

export class WatchedMemo {
  /** Of each step in which the memo and XState differ: what the memo gave, and what XState gave. */
  readonly differences: (readonly [memo: string, xstate: string])[] = [];
  served = 0;
  /** The types of actions in the served steps, and how the steps left their machines. */
  readonly kinds = new Set<string>();
  readonly #initial = StepMemo.prototype.initial;
  readonly #transition = StepMemo.prototype.transition;

  constructor() {
    const watched = this;
    StepMemo.prototype.initial = function (this: StepMemo, input: unknown, scope: MemoScope) {
      return watched.#watch(
        undefined,
        scope,
        (own) => watched.#initial.call(this, input, own),
        (own) => this.machine.getInitialSnapshot(own as never as Scope, input as never),
      );
    };
    StepMemo.prototype.transition = function (
      this: StepMemo,
      snapshot: AnyMachineSnapshot,
      event: AnyEventObject,
      scope: MemoScope,
    ) {
      return watched.#watch(
        snapshot,
        scope,
        (own) => watched.#transition.call(this, snapshot, event, own),
        (own) => this.machine.transition(snapshot, event, own as never as Scope),
      );
    };
  }

  stop(): void {
    StepMemo.prototype.initial = this.#initial;
    StepMemo.prototype.transition = this.#transition;
  }

  /** `before`: of a transition. Whether the snapshot stays the same object counts too. */
  #watch(
    before: AnyMachineSnapshot | undefined,
    scope: MemoScope,
    memo: Take,
    xstate: Take,
  ): AnyMachineSnapshot | undefined {
    const ours: CollectedAction[] = [];
    const snapshot = memo({ ...scope, actionExecutor: (action) => ours.push(action) });
    if (snapshot === undefined) return undefined;
    this.served += 1;
    for (const { type } of ours) this.kinds.add(type);
    this.kinds.add(snapshot === before ? 'nothing' : snapshot.status);
    const theirs: CollectedAction[] = [];
    const expected = takenOrThrown(() =>
      xstate({ ...scope, actionExecutor: (action) => theirs.push(action) }),
    );
    const [given, taken] = [seen(before, snapshot, ours), seen(before, expected, theirs)];
    if (given !== taken) this.differences.push([given, taken]);
    for (const action of ours) scope.actionExecutor(action);
    return snapshot;
  }
}

function takenOrThrown(take: () => unknown): unknown {
  try {
    return take();
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

/** Everything that a caller can see of a step, as a text. The order of members counts. */
function seen(before: unknown, snapshot: unknown, actions: readonly CollectedAction[]): string {
  const isSame = snapshot === before;
  return JSON.stringify(plain({ isSame, snapshot, actions: actions.map(shownAction) }), null, 1);
}

/** Nobody executes an action of XState's own, so its function does not count. */
function shownAction({ type, params, info, exec }: CollectedAction): object {
  return { type, params, info, exec: type.startsWith('xstate.') ? typeof exec : String(exec) };
}

/** Actors and states by their ids, because their methods refuse to be data or lead in circles. */
function plain(value: unknown): unknown {
  if (value === undefined) return 'undefined';
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if ('sessionId' in value && 'id' in value) return `actor ${String(value.id)}`;
  if ('machine' in value && 'order' in value && 'id' in value) return `state ${String(value.id)}`;
  if ('root' in value && 'implementations' in value) return 'machine';
  if ('_bookId' in value) return 'system';
  if (value instanceof Set) return { set: [...value].map(plain) };
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
