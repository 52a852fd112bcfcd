/**
 * An activity: an asynchronous function a machine invokes. It runs after the commit, at least once, outside any transaction; its
 * result comes back as XState's `xstate.done.actor.<id>` or `xstate.error.actor.<id>`.
 *
 * 1. `idempotencyKey` is the same on every try, also in another process after a crash.
 * 2. `signal` aborts when the state is left, when a try takes longer than `timeoutMs`, and when the runtime stops.
 * 3. `Refused` and `Broken` are final; anything else is tried again by the policy.
 */
import { fromPromise, type PromiseActorLogic } from 'xstate';
import type { Json } from './json.ts';

export interface RetryPolicy {
  /** Tries altogether; Infinity for ever. */
  readonly attemptsMax: number;
  readonly firstDelayMs: number;
  /** Each further delay is this many times the one before. */
  readonly factor: number;
  readonly delayMaxMs: number;
  /** One try may take this long. */
  readonly timeoutMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attemptsMax: 10, firstDelayMs: 200, factor: 2, delayMaxMs: 30_000, timeoutMs: 30_000 };

export interface ActivityContext {
  readonly idempotencyKey: string;
  /** 1 on the first try. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

export interface Activity {
  readonly run: (input: Json, context: ActivityContext) => Promise<Json | undefined>;
  readonly retry: RetryPolicy;
}

const activities = new WeakMap<object, Activity>();

/** Actor logic for `setup({ actors })` that the runtime journals and runs. */
export function activity<TOutput extends Json | undefined, TInput extends Json>(
  run: (input: TInput, context: ActivityContext) => Promise<TOutput>,
  retry: Partial<RetryPolicy> = {},
): PromiseActorLogic<TOutput, TInput> {
  const logic = fromPromise<TOutput, TInput>(() => Promise.reject(new Error('an activity is run by the runtime, never by XState')));
  activities.set(logic, { run: (input, context) => run(input as TInput, context), retry: { ...defaultRetryPolicy, ...retry } });
  return logic;
}

/** The activity behind actor logic; undefined when it is something else. */
export function activityOf(logic: object): Activity | undefined {
  return activities.get(logic);
}

/** Milliseconds to wait after the given failed attempt (1 is the first). */
export function retryDelayMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.delayMaxMs, policy.firstDelayMs * policy.factor ** (attempt - 1));
}
