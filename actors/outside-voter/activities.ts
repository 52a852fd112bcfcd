/**
 * The two activities of a voter whose answers come from a system outside: a question, tried until
 * its deadline, and a decision, tried again and again.
 *
 * - One request has one id on every try.
 * - A missing answer never counts as an answer. A try that fails is followed by another try, unless
 *   the try throws `Refused` or `Broken`. The last failure is the reason of the silence.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import { errorText, Refused } from '../../runtime/ports/errors.ts';
import { type ActivityContext, activity } from '../../runtime/step/activity.ts';
import type { OutsideAnswer, OutsideRequest } from './messages.ts';

/** Bounds of one try. */
export type Try = { readonly timeoutMs: number; readonly signal: AbortSignal };

/** A system outside that answers for a service. `Refused` ends the tries of a question. */
export interface OutsideSystem {
  /** The longest time that the system takes for one try, in milliseconds. */
  readonly timeoutMs: number;
  /** The time after which a try is aborted, in milliseconds. Default: two minutes. */
  readonly abortMs?: number;
  ask(request: OutsideRequest, limits: Try): Promise<OutsideAnswer>;
  tell(request: OutsideRequest, limits: Try): Promise<void>;
}

export type OutsideQuestion = {
  readonly request: OutsideRequest;
  /** Milliseconds for all tries together. */
  readonly withinMs: number;
};
export type OutsideDecision = { readonly request: OutsideRequest };

const abortDefaultMs = 120_000;

/** The deadline ends the tries. A wait is at most about a third of the time before it, and 5 s. */
const questionPolicy = {
  attemptsMax: Number.POSITIVE_INFINITY,
  firstDelayMs: 100,
  factor: 1.5,
  delayMaxMs: 5_000,
};
/** The waits between the tries are about two minutes altogether. */
const decisionPolicy = {
  attemptsMax: 8,
  firstDelayMs: 1_000,
  factor: 2,
  delayMaxMs: 60_000,
};

export type OutsideActivities = ReturnType<typeof outsideActivities>;

export function outsideActivities(system: OutsideSystem, clock: Pick<Clock, 'now'>) {
  const { abortMs: timeoutMs = abortDefaultMs } = system;
  return {
    askOutside: activity<OutsideAnswer, OutsideQuestion>(
      (question, context) => ask(system, clock, question, context),
      { ...questionPolicy, timeoutMs },
    ),
    tellOutside: activity<null, OutsideDecision>(
      async ({ request }, { signal }) => {
        await system.tell(request, { timeoutMs: system.timeoutMs, signal });
        return null;
      },
      { ...decisionPolicy, timeoutMs },
    ),
  };
}

/** What the next try knows of the tries before: when the first one began, and the last failure. */
type Tried = { readonly startedAtMs: number; readonly failure?: string };

/** A number: the beginning alone, in rows of an earlier version. */
function triedIn(progress: ActivityContext['lastProgress'], nowMs: number): Tried {
  if (typeof progress === 'number') return { startedAtMs: progress };
  return (progress as Tried | undefined) ?? { startedAtMs: nowMs };
}

async function ask(
  system: OutsideSystem,
  clock: Pick<Clock, 'now'>,
  { request, withinMs }: OutsideQuestion,
  { lastProgress, progress, signal }: ActivityContext,
): Promise<OutsideAnswer> {
  const tried = triedIn(lastProgress, clock.now());
  const { startedAtMs, failure } = tried;
  if (lastProgress === undefined) progress(tried);
  const leftMs = startedAtMs + withinMs - clock.now();
  if (leftMs <= 0) {
    const why = failure === undefined ? '' : `: ${failure}`;
    throw new Refused('timed-out', `${request.service} has no answer within ${withinMs} ms${why}`);
  }
  try {
    return await system.ask(request, { timeoutMs: Math.min(system.timeoutMs, leftMs), signal });
  } catch (error) {
    progress({ startedAtMs, failure: errorText(error) });
    throw error;
  }
}
