/**
 * Runs the activities that machines invoke: after the commit, at least once, with a stable
 * idempotency key.
 *
 * Invariants:
 * - Result as event: the result reaches the actor as an event. The commit that handles the event
 *   deletes the activity's row.
 * - Copies: each try gets a copy of the input, and its result is a copy too. A result that is no JSON
 *   is `Broken`, which no further try mends.
 * - Noted before retried: a failed try is noted in the journal before the next try begins.
 *   `Refused`, `Broken`, the errors that the retry policy names and the last allowed try are final.
 * - Died is tried: a try that was under way when its process died counts. An activity whose last
 *   allowed try has ended so is given up with an error for the actor.
 * - Left is aborted: when the actor leaves the state, the running try is aborted and a waiting
 *   activity never begins. A result that comes later is stale.
 * - Taken over is aborted: another process may have taken the activity over, because this process
 *   was silent for too long, or the state was left in another process. Then the activity is aborted
 *   at the next heartbeat, at the next progress, when a failed try is noted and before the next try.
 *   Until then the activity may run twice.
 */
import type { Settlement } from '../messages/input.ts';
import type { ActorAddress } from '../ports/address.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Draft } from '../ports/draft.ts';
import { Broken, errorOf, errorText, Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { identityOf } from '../ports/identity.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Journal } from '../ports/journal.ts';
import type { ActivityId, ActivityOutcome, ActivityRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import { thrownAsJson } from '../ports/thrown.ts';
import {
  addressAttributes,
  endedSpan,
  type Span,
  type TraceContext,
  type Tracer,
} from '../ports/tracing.ts';
import { backoffMs, pause } from '../ports/waiting.ts';
import { type Activity, type ActivityContext, isFinal } from '../step/activity.ts';
import { copyOf } from '../step/json-copy.ts';
import { jsonValue } from '../step/json-value.ts';
import { ActivityProgress } from './activity-progress.ts';
import { ConcurrencyLimits } from './concurrency-limits.ts';

export interface ActivitiesOptions {
  readonly journal: Pick<
    Journal,
    'postponeActivity' | 'noteProgress' | 'keepOutcome' | 'lostActivities'
  >;
  /** The name under which the journal knows the activities of this process. */
  readonly instance: InstanceName;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Undefined: no spans are made. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints: Failpoints;
  /** The function behind a row. Undefined when no machine of this process has the activity. */
  readonly find: (row: ActivityRow) => FoundActivity | undefined;
  /**
   * Hands the result to the actor. `settle` is called when the result is committed, or could not
   * be.
   */
  readonly finish: (
    activity: FinishedActivity,
    outcome: ActivityOutcome,
    settle: (settlement: Settlement) => void,
  ) => void;
}

/** `trace`: the last try, else the step that started the activity. */
export type FinishedActivity = Pick<ActivityRow, 'address' | 'token' | 'trace'>;

export interface FoundActivity {
  readonly activity: Activity;
  /** Tries of one kind that may run at once in this process. */
  readonly concurrencyMax: number;
}

type TryOutcome = ActivityOutcome | { readonly failure: Error; readonly thrown: unknown };

interface Running {
  readonly id: string;
  readonly row: ActivityRow;
  readonly controller: AbortController;
  /** The newest progress that the activity has reported. */
  progress: Json | undefined;
  /** The span of the newest try. */
  trace: TraceContext | undefined;
}

/** Shortest time between two writings of one activity's progress. */
const progressEveryMs = 500;

export class Activities {
  readonly #options: ActivitiesOptions;
  readonly #running = new Map<string, Running>();
  readonly #limits: ConcurrencyLimits;
  #stopping = false;

  constructor(options: ActivitiesOptions) {
    this.#options = options;
    this.#limits = new ConcurrencyLimits(() => options.failpoints.reach('activity.waiting'));
  }

  /** True when no activity runs or waits here. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  start(rows: readonly ActivityRow[]): void {
    for (const row of rows) {
      const id = activityId(row);
      if (this.#stopping || this.#running.has(id)) continue;
      const { progress, trace } = row;
      const running = { id, row, controller: new AbortController(), progress, trace };
      this.#running.set(id, running);
      void this.#run(running);
    }
  }

  /** Aborts these activities, because their actor has left the states that invoked them. */
  cancel(address: ActorAddress, tokens: readonly string[]): void {
    for (const token of tokens) this.#abort(activityId({ address, token }));
  }

  /**
   * Aborts the activities that the journal no longer holds for this process: they were stopped or
   * taken over elsewhere. Rejects when the journal cannot be reached.
   */
  async recheck(): Promise<void> {
    await this.#abortLost([...this.#running.values()]);
  }

  async #abortLost(activities: readonly Running[]): Promise<void> {
    if (activities.length === 0) return;
    const held = activities.map(({ row: { address, token } }) => ({ address, token }));
    const { journal, instance } = this.#options;
    for (const { address, token } of await journal.lostActivities(instance.current, held))
      this.#abort(activityId({ address, token }));
  }

  /** Aborts all activities. Their rows stay in the journal, and another process runs them again. */
  stop(): void {
    this.#stopping = true;
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  #abort(id: string): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#options.failpoints.reach('activity.before-abort');
    running.controller.abort();
    this.#running.delete(id);
  }

  async #run(running: Running): Promise<void> {
    const { id, row, controller } = running;
    const found = this.#options.find(row);
    if (row.outcome !== undefined) return this.#report(running, row.outcome);
    if (found === undefined) {
      const missing = new Broken('broken', `no machine here has the activity '${row.kind}'`);
      this.#report(running, { error: thrownAsJson(missing) });
      return;
    }
    if (row.attempt >= found.activity.retry.attemptsMax) return this.#giveUp(running);
    await this.#pauseUntil(row.notBeforeMs, controller.signal);
    for (let attempt = row.attempt + 1; this.#running.has(id); attempt += 1) {
      const outcome = await this.#tryInTurn(running, found, attempt);
      if (outcome === undefined || !this.#running.has(id)) return;
      const final = finalOutcome(outcome, attempt, found.activity);
      if (final !== undefined) return this.#report(running, final);
      await this.#postpone(running, attempt, found.activity);
    }
  }

  /** Undefined when the activity was aborted while it waited. */
  #tryInTurn(
    running: Running,
    { activity, concurrencyMax }: FoundActivity,
    attempt: number,
  ): Promise<TryOutcome | undefined> {
    const { address, machine, kind } = running.row;
    return this.#limits.run(identityOf(address.service, machine, kind), concurrencyMax, async () =>
      this.#running.has(running.id) ? this.#try(running, activity, attempt) : undefined,
    );
  }

  async #try(running: Running, activity: Activity, attempt: number): Promise<TryOutcome> {
    const { row, controller } = running;
    const { clock, failpoints } = this.#options;
    const timeout = new AbortController();
    const cancelTimeout = clock.after(activity.retry.timeoutMs, () => timeout.abort());
    const signal = AbortSignal.any([controller.signal, timeout.signal]);
    const progress = this.#progress(running);
    failpoints.reach('activity.before-start', { addresses: [row.address] });
    try {
      const context = this.#context(running, attempt, signal, progress);
      const run = this.#traced(running, attempt, async (trace) => {
        const input = row.input === undefined ? undefined : copyOf(row.input);
        const started = activity.run(input, trace === undefined ? context : { ...context, trace });
        return untilAborted(started, timeout.signal, activity.retry.timeoutMs);
      });
      const given = await run;
      failpoints.reach('activity.finished', { addresses: [row.address] });
      progress.drop();
      return { output: given === undefined ? given : jsonValue(given, 'the result') };
    } catch (thrown) {
      await progress.flush();
      return { failure: errorOf(thrown), thrown };
    } finally {
      cancelTimeout();
    }
  }

  /** One span a try. A traced result follows from the span of its try. */
  #traced<T>(
    running: Running,
    attempt: number,
    work: (trace: Span | undefined) => Promise<T>,
  ): Promise<T> {
    const { tracer } = this.#options;
    if (tracer === undefined) return work(undefined);
    const { address, kind, trace } = running.row;
    const attributes = { ...addressAttributes(address), 'unanimous.attempt': attempt };
    const name = `activity ${address.machine}.${kind}`;
    const span = tracer.start({ name, kind: 'internal', parent: trace, attributes });
    running.trace = span.context;
    return endedSpan(
      span,
      span.run(() => work(span)),
    );
  }

  #context(
    running: Running,
    attempt: number,
    signal: AbortSignal,
    progress: ActivityProgress,
  ): ActivityContext {
    return {
      id: running.row.id,
      idempotencyKey: activityId(running.row),
      attempt,
      signal,
      lastProgress: running.progress,
      progress: (given) => {
        const value = jsonValue(given, 'the progress');
        running.progress = value;
        progress.report(value);
      },
    };
  }

  #progress({ id, row: { address, token, kind } }: Running): ActivityProgress {
    const { journal, instance, clock, log } = this.#options;
    return new ActivityProgress({
      clock,
      everyMs: progressEveryMs,
      lost: () => this.#abort(id),
      write: async (value) => {
        try {
          return await journal.noteProgress(instance.current, address, token, value, clock.now());
        } catch (error) {
          log('debug', "an activity's progress could not be noted", {
            activity: kind,
            error: errorText(error),
          });
          throw error;
        }
      },
    });
  }

  /**
   * Notes the failed try and waits until the next one is due. A journal that cannot be reached
   * delays nothing.
   */
  async #postpone(running: Running, attempt: number, { retry }: Activity): Promise<void> {
    const { id, row, controller } = running;
    const { journal, instance, clock, chance, log, failpoints } = this.#options;
    const { address, token, kind } = row;
    const notBeforeMs = clock.now() + backoffMs(retry, attempt, chance());
    failpoints.reach('activity.failed');
    try {
      const noted = journal.postponeActivity(
        instance.current,
        address,
        token,
        attempt,
        notBeforeMs,
      );
      if (!(await noted)) this.#abort(id);
    } catch (error) {
      log('warn', 'a failed try of an activity could not be noted', {
        activity: kind,
        error: errorText(error),
      });
    }
    failpoints.reach('activity.postponed');
    await this.#pauseUntil(notBeforeMs, controller.signal);
    if (this.#running.has(id)) await this.#checkHeld(running);
  }

  /** The state may have been left in another process meanwhile. */
  async #checkHeld(running: Running): Promise<void> {
    try {
      await this.#abortLost([running]);
    } catch (error) {
      this.#options.log('debug', 'it could not be checked whether an activity is still wanted', {
        activity: running.row.kind,
        error: errorText(error),
      });
    }
  }

  #giveUp(running: Running): void {
    const { kind, attempt } = running.row;
    const died = `the process of the activity '${kind}' ended during try ${attempt}, the last one`;
    this.#options.log('warn', died, { activity: running.id });
    this.#report(running, { error: thrownAsJson(new Broken('broken', died)) });
  }

  #report({ id, row, trace }: Running, outcome: ActivityOutcome): void {
    this.#options.failpoints.reach('activity.before-result', { addresses: [row.address] });
    const finished: Draft<FinishedActivity> = { address: row.address, token: row.token };
    if (trace !== undefined) finished.trace = trace;
    this.#options.finish(finished, outcome, (settlement) => {
      this.#running.delete(id);
      if (settlement === 'retry' && !this.#stopping) void this.#keep(row, outcome);
    });
  }

  /** Another process hands the outcome to the actor, which this process cannot read. */
  async #keep({ address, token, kind }: ActivityRow, outcome: ActivityOutcome): Promise<void> {
    const { journal, instance, log } = this.#options;
    try {
      await journal.keepOutcome(instance.current, address, token, outcome);
    } catch (error) {
      log('warn', "an activity's outcome could not be kept, and the activity is run again", {
        activity: kind,
        error: errorText(error),
      });
    }
  }

  #pauseUntil(atMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return pause(clock, atMs - clock.now(), signal);
  }
}

/** The idempotency key: no other activity has it, and every try has the same. */
function activityId({ address, token }: ActivityId): string {
  return identityOf(address.service, address.machine, address.key, token);
}

/** How the activity ends with this try. Undefined when there is another try. */
function finalOutcome(
  outcome: TryOutcome,
  attempt: number,
  { retry }: Activity,
): ActivityOutcome | undefined {
  if (!('failure' in outcome)) return outcome;
  const { failure, thrown } = outcome;
  const isLast =
    failure instanceof Refused ||
    failure instanceof Broken ||
    isFinal(retry, failure) ||
    attempt >= retry.attemptsMax;
  return isLast ? { error: thrownAsJson(thrown) } : undefined;
}

function untilAborted<T>(run: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`took longer than ${timeoutMs} ms`)), {
      once: true,
    });
    Promise.resolve(run).then(resolve, reject);
  });
}
