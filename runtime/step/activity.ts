/**
 * An activity: an asynchronous function that a machine invokes. The function runs after the commit,
 * at least once, outside any transaction. The machine gets the result as the event
 * `xstate.done.actor.<id>` or `xstate.error.actor.<id>` of XState.
 *
 * Invariants:
 * - Same key: `idempotencyKey` is the same on every try, also in another process after a crash.
 * - Abort: `signal` aborts when the state is left, when a try takes longer than `timeoutMs`, when
 *   another process has taken over the activity, and when the runtime stops.
 * - Final errors: `Refused`, `Broken` and the errors that the policy names are final. After any other
 *   error the policy says when the next try starts.
 */
import { fromPromise, type PromiseActorLogic } from 'xstate';
import { Broken } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { SpanAttributes, TraceContext } from '../ports/tracing.ts';

/** When a failed try is followed by another try. Data, so that policies can be shared and compared. */
export interface RetryPolicy {
  /** The number of tries, with the first. Infinity: the activity is tried for ever. Default 10. */
  readonly attemptsMax: number;
  /** Milliseconds between the first failure and the second try. Default 200. */
  readonly firstDelayMs: number;
  /** The factor from one delay to the next. Default 2. */
  readonly factor: number;
  /** The longest delay, in milliseconds. Default 30 000. */
  readonly delayMaxMs: number;
  /**
   * The share of each delay that chance decides, 0 to 1. With 0.2 a delay is between 80 and 100 % of
   * its full length. Default 0.2.
   */
  readonly jitter: number;
  /** The longest time of one try, in milliseconds; a longer try has failed. Default 30 000. */
  readonly timeoutMs: number;
  /**
   * Final errors besides `Refused` and `Broken`, by `name` or `code` (`'TypeError'`, `'ENOENT'`).
   * Default: none.
   */
  readonly final: readonly string[];
}

/** A retry policy, each member with a default, and a limit of runs at one time. */
export interface ActivityOptions extends Partial<RetryPolicy> {
  /**
   * The number of activities of this kind that may run at once in this process. Default:
   * `activitiesMax` of the service.
   */
  readonly concurrencyMax?: number;
}

/** Ten tries: 200 ms after the first failure, then twice as long each time; each try at most 30 s. */
export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 10,
  firstDelayMs: 200,
  factor: 2,
  delayMaxMs: 30_000,
  jitter: 0.2,
  timeoutMs: 30_000,
  final: [],
};

/** The span of the present try. */
export interface ActivityTrace {
  /** For the headers of requests to other systems. */
  readonly context: TraceContext;
  /** Adds attributes to the span. */
  set(attributes: SpanAttributes): void;
}

/** The facts about the present try, for the activity. */
export interface ActivityContext {
  /** The id under which the machine invoked or spawned the activity. */
  readonly id: string;
  readonly idempotencyKey: string;
  /** 1 on the first try. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** The last progress, of an earlier try or of another process. Undefined: there is none. */
  readonly lastProgress: Json | undefined;
  /**
   * Writes the progress of this try to the journal, for observers and for the next try. The newest
   * value counts. The first value is written at once, further values at most twice a second. The
   * caller does not wait for the write, and a value may be lost with the process.
   */
  readonly progress: (value: Json) => void;
  /** Left out when the process makes no spans. */
  readonly trace?: ActivityTrace;
}

/** An activity in a machine definition: the function and its retry policy. */
export interface Activity {
  /** A method, so that a function may say more about its input. */
  run(input: Json | undefined, context: ActivityContext): Promise<Json | undefined>;
  readonly retry: RetryPolicy;
  readonly concurrencyMax?: number;
}

const activities = new WeakMap<object, Activity>();

/**
 * Actor logic for `setup({ actors })` that the runtime journals and runs. Input, output and
 * progress are JSON.
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

/** The activity behind actor logic. Undefined: the logic is no activity. */
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
