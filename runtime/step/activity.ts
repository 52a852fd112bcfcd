/**
 * An activity: an asynchronous function a machine invokes. It runs after the commit, at least once, outside any transaction; its
 * result comes back as XState's `xstate.done.actor.<id>` or `xstate.error.actor.<id>`.
 *
 * 1. `idempotencyKey` is the same on every try, also in another process after a crash.
 * 2. `signal` aborts when the state is left, when a try takes longer than `timeoutMs`, when another process has taken the activity over,
 *    and when the runtime stops.
 * 3. `Refused`, `Broken` and what the policy names are final; anything else is tried again by the policy.
 */
import { fromPromise, type PromiseActorLogic } from 'xstate';
import { Broken } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';

/** When a failed try is followed by another. A value: it can be shared, compared and written down. */
export interface RetryPolicy {
  /** Tries altogether, the first included; Infinity for ever. Default 10. */
  readonly attemptsMax: number;
  /** Milliseconds between the first failure and the second try. Default 200. */
  readonly firstDelayMs: number;
  /** Each further delay is this many times the one before. Default 2. */
  readonly factor: number;
  /** No delay is longer, in milliseconds. Default 30 000. */
  readonly delayMaxMs: number;
  /** Share of each delay that is left to chance, 0 to 1: with 0.2 a delay is between 80 and 100 % of what it would be. Default 0.2. */
  readonly jitter: number;
  /** Milliseconds one try may take; one that takes longer has failed. Default 30 000. */
  readonly timeoutMs: number;
  /** Errors that are final besides `Refused` and `Broken`, by their `name` or their `code` (`'TypeError'`, `'ENOENT'`). Default none. */
  readonly final: readonly string[];
}

/** A retry policy, of which everything may be left out, and how many may run at once. */
export interface ActivityOptions extends Partial<RetryPolicy> {
  /** How many of this kind may run at once in this process; default: the service's `activitiesMax`. */
  readonly concurrencyMax?: number;
}

/** Ten tries in about a minute: 200 ms after the first failure, twice as long each time, each try at most 30 s. */
export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 10,
  firstDelayMs: 200,
  factor: 2,
  delayMaxMs: 30_000,
  jitter: 0.2,
  timeoutMs: 30_000,
  final: [],
};

/** What an activity is told about the try it is. */
export interface ActivityContext {
  /** The id under which the machine invoked or spawned the activity. */
  readonly id: string;
  readonly idempotencyKey: string;
  /** 1 on the first try. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** What was noted last, by an earlier try or by another process; undefined when nothing was. */
  readonly lastProgress: Json | undefined;
  /**
   * Notes in the journal how far this is, for whoever looks from outside and for the next try. The newest value counts; it is written at
   * once, and then at most twice a second. Nothing waits for it, and a value may be lost with the process.
   */
  readonly progress: (value: Json) => void;
}

/** An activity as a machine definition keeps it: the function and when it is tried again. */
export interface Activity {
  /** A method, so that a function may say more about its input. */
  run(input: Json | undefined, context: ActivityContext): Promise<Json | undefined>;
  readonly retry: RetryPolicy;
  readonly concurrencyMax?: number;
}

const activities = new WeakMap<object, Activity>();

/**
 * Actor logic for `setup({ actors })` that the runtime journals and runs. Input, output and progress are JSON.
 * @throws Broken `machine-invalid` when an option is out of its range
 */
export function activity<TOutput extends Json | undefined, TInput extends Json>(
  run: (input: TInput, context: ActivityContext) => Promise<TOutput>,
  options: ActivityOptions = {},
): PromiseActorLogic<TOutput, TInput> {
  const { concurrencyMax, ...retry } = options;
  checkRanges(options);
  const logic = fromPromise<TOutput, TInput>(() =>
    Promise.reject(new Error('an activity is run by the runtime, never by XState')),
  );
  activities.set(logic, {
    run: (input, context) => run(input as TInput, context),
    retry: { ...defaultRetryPolicy, ...retry },
    ...(concurrencyMax === undefined ? {} : { concurrencyMax }),
  });
  return logic;
}

type NumericOption = Exclude<keyof ActivityOptions, 'final'>;

const ranges: Readonly<Record<NumericOption, readonly [min: number, max: number]>> = {
  attemptsMax: [1, Number.POSITIVE_INFINITY],
  firstDelayMs: [0, Number.POSITIVE_INFINITY],
  factor: [1, Number.POSITIVE_INFINITY],
  delayMaxMs: [0, Number.POSITIVE_INFINITY],
  jitter: [0, 1],
  timeoutMs: [1, Number.POSITIVE_INFINITY],
  concurrencyMax: [1, Number.POSITIVE_INFINITY],
};

function checkRanges(options: ActivityOptions): void {
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const value = options[name as NumericOption];
    if (value === undefined || (value >= min && value <= max)) continue;
    const allowed = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `from ${min} to ${max}`;
    throw new Broken(
      'machine-invalid',
      `the activity option '${name}' is ${value}; allowed is ${allowed}`,
      { at: name },
    );
  }
}

/** The activity behind actor logic; undefined when it is something else. */
export function activityOf(logic: object): Activity | undefined {
  return activities.get(logic);
}

/** Whether the policy gives up at this error. */
export function isFinal(policy: RetryPolicy, failure: unknown): boolean {
  if (!(failure instanceof Error)) return false;
  const code: unknown = Reflect.get(failure, 'code');
  return (
    policy.final.includes(failure.name) || (typeof code === 'string' && policy.final.includes(code))
  );
}
