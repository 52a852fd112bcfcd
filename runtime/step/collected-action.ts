/**
 * The actions of XState in a step: as they are collected, and as XState's action creators make
 * them.
 */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import type { JsonObject } from '../ports/json.ts';

/** An action that XState would execute. */
export interface CollectedAction {
  readonly type: string;
  readonly info: { context: JsonObject; event: AnyEventObject };
  readonly params: unknown;
  readonly exec: unknown;
}

/** The part of XState's scope that a step of the memo uses. */
export interface MemoScope {
  readonly self: unknown;
  readonly system: unknown;
  readonly actionExecutor: (action: CollectedAction) => void;
}

/** An action that one of XState's action creators has made. */
export interface BuiltIn {
  readonly type: string;
  readonly resolve: (
    scope: MemoScope,
    snapshot: AnyMachineSnapshot,
    args: CollectedAction['info'],
    params: unknown,
    action: BuiltIn,
    extra: {
      readonly internalQueue: AnyEventObject[];
      readonly deferredActorIds: readonly string[] | undefined;
    },
  ) => readonly [AnyMachineSnapshot, unknown, readonly unknown[] | undefined];
  readonly retryResolve?: (scope: MemoScope, snapshot: AnyMachineSnapshot, params: unknown) => void;
  readonly execute?: unknown;
}
