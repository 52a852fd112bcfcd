/**
 * Runs the activities machines have asked for: after the commit, at least once, with a stable idempotency key.
 *
 * 1. A result is an event for its actor; the row goes with the turn that takes it.
 * 2. A failed try is noted in the journal before it is tried again; `Refused`, `Broken`, what the policy names and the last allowed try
 *    are final.
 * 3. An activity whose state was left is aborted, or never begun when it still waited; what it still returns is stale.
 * 4. One that another process has taken over, because this one was silent for too long, or whose state was left in another process, is
 *    aborted as well: at the next heartbeat, at the next word of its progress or when its try is noted. Until then it may run twice.
 */

import type { Settlement } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import { Broken, errorBody, Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { ActivityRow, Journal } from '../ports/journal.ts';
import type { Json } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import { type Activity, type ActivityContext, isFinal, retryDelayMs } from '../step/activity.ts';
import type { ActivityOutcome } from '../step/machine-step.ts';
import { ActivityProgress } from './activity-progress.ts';

export interface ActivitiesOptions {
  readonly journal: Pick<Journal, 'postponeActivity' | 'noteProgress' | 'lostActivities'>;
  /** Under this name the journal knows what is held here. */
  readonly instance: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** The function behind a row; undefined when no machine here has it. */
  readonly find: (
    row: ActivityRow,
  ) => { readonly activity: Activity; readonly concurrencyMax: number } | undefined;
  readonly finish: (
    address: ActorAddress,
    token: string,
    outcome: ActivityOutcome,
    settle: (settlement: Settlement) => void,
  ) => void;
}

type TryOutcome = ActivityOutcome | { readonly failure: unknown };

interface Running {
  readonly row: ActivityRow;
  readonly controller: AbortController;
  /** What was noted last. */
  progress: Json | undefined;
}

/** Between two writings of one activity's progress. */
const progressEveryMs = 500;

export class Activities {
  readonly #options: ActivitiesOptions;
  readonly #running = new Map<string, Running>();
  readonly #active = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #stopping = false;

  constructor(options: ActivitiesOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  start(rows: readonly ActivityRow[]): void {
    for (const row of rows) {
      const id = runningId(row.address, row.token);
      if (this.#stopping || this.#running.has(id)) continue;
      const running = { row, controller: new AbortController(), progress: row.progress };
      this.#running.set(id, running);
      void this.#run(id, running);
    }
  }

  /** The states that wanted these were left. */
  cancel(address: ActorAddress, tokens: readonly string[]): void {
    for (const token of tokens) this.#giveUp(runningId(address, token));
  }

  /** Gives up what was stopped elsewhere or taken over meanwhile. Rejects when the journal cannot be asked. */
  async recheck(): Promise<void> {
    const held = [...this.#running.values()].map(({ row: { address, token } }) => ({
      address,
      token,
    }));
    if (held.length === 0) return;
    for (const { address, token } of await this.#options.journal.lostActivities(
      this.#options.instance,
      held,
    )) {
      this.#giveUp(runningId(address, token));
    }
  }

  #giveUp(id: string): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#options.failpoints.reach('activity.before-abort');
    running.controller.abort();
    this.#running.delete(id);
  }

  /** Aborts everything; the rows stay in the journal and are run again by whoever takes over. */
  stop(): void {
    this.#stopping = true;
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  async #run(id: string, running: Running): Promise<void> {
    const { row, controller } = running;
    const found = this.#options.find(row);
    if (found === undefined) {
      this.#report(id, row, {
        error: body(new Broken('broken', `no machine here has the activity '${row.kind}'`)),
      });
      return;
    }
    await this.#pauseUntil(row.notBeforeMs, controller.signal);
    for (let attempt = row.attempt + 1; this.#running.has(id); attempt += 1) {
      const outcome = await this.#limited(row, found.concurrencyMax, async () =>
        this.#running.has(id) ? this.#try(id, running, found.activity, attempt) : undefined,
      );
      if (outcome === undefined || !this.#running.has(id)) return;
      const end = endOf(outcome, attempt, found.activity);
      if (end !== undefined) this.#report(id, row, end);
      if (
        end !== undefined ||
        !(await this.#postpone(id, row, attempt, found.activity, controller.signal))
      )
        return;
    }
  }

  async #try(
    id: string,
    running: Running,
    activity: Activity,
    attempt: number,
  ): Promise<TryOutcome> {
    const { row, controller } = running;
    const timeout = new AbortController();
    const cancelTimeout = this.#options.clock.after(activity.retry.timeoutMs, () =>
      timeout.abort(),
    );
    const signal = AbortSignal.any([controller.signal, timeout.signal]);
    const progress = this.#progress(id, running);
    this.#options.failpoints.reach('activity.before-start', { addresses: [row.address] });
    try {
      const run = activity.run(row.input, this.#context(running, attempt, signal, progress));
      const output = await untilAborted(run, timeout.signal, activity.retry.timeoutMs);
      this.#options.failpoints.reach('activity.finished', { addresses: [row.address] });
      progress.drop();
      return { output };
    } catch (failure) {
      await progress.flush();
      return { failure };
    } finally {
      cancelTimeout();
    }
  }

  #context(
    running: Running,
    attempt: number,
    signal: AbortSignal,
    progress: ActivityProgress,
  ): ActivityContext {
    const { address, token } = running.row;
    return {
      idempotencyKey: `${addressId(address)}/${token}`,
      attempt,
      signal,
      lastProgress: running.progress,
      progress: (value) => {
        running.progress = value;
        progress.say(value);
      },
    };
  }

  #progress(id: string, { row: { address, token, kind } }: Running): ActivityProgress {
    const { journal, instance, clock, log } = this.#options;
    return new ActivityProgress({
      clock,
      everyMs: progressEveryMs,
      lost: () => this.#giveUp(id),
      note: async (value) => {
        try {
          return await journal.noteProgress(instance, address, token, value, clock.now());
        } catch (error) {
          log('debug', 'progress could not be noted', { activity: kind, error: String(error) });
          throw error;
        }
      },
    });
  }

  async #postpone(
    id: string,
    row: ActivityRow,
    attempt: number,
    activity: Activity,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { journal, instance, clock, chance, log } = this.#options;
    const notBeforeMs = clock.now() + retryDelayMs(activity.retry, attempt, chance());
    this.#options.failpoints.reach('activity.failed');
    try {
      if (!(await journal.postponeActivity(instance, row.address, row.token, attempt, notBeforeMs)))
        this.#giveUp(id);
    } catch (error) {
      log('warn', 'a failed try could not be noted', { activity: row.kind, error: String(error) });
    }
    this.#options.failpoints.reach('activity.postponed');
    await this.#pauseUntil(notBeforeMs, signal);
    return this.#running.has(id);
  }

  #report(id: string, row: ActivityRow, outcome: ActivityOutcome): void {
    this.#options.failpoints.reach('activity.before-result', { addresses: [row.address] });
    this.#options.finish(row.address, row.token, outcome, () => this.#running.delete(id));
  }

  #pauseUntil(atMs: number, signal: AbortSignal): Promise<void> {
    const waitMs = atMs - this.#options.clock.now();
    if (waitMs <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(waitMs, resolve);
      signal.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }

  /** At most `max` of one kind at once in this process; the others wait in line. */
  async #limited<T>(row: ActivityRow, max: number, run: () => Promise<T>): Promise<T> {
    const kind = `${row.address.service}/${row.machine}/${row.kind}`;
    const active = this.#active.get(kind) ?? 0;
    if (active >= max) await this.#turnInLine(kind);
    else this.#active.set(kind, active + 1);
    try {
      return await run();
    } finally {
      const next = this.#line(kind).shift();
      if (next !== undefined) next();
      else this.#active.set(kind, (this.#active.get(kind) ?? 1) - 1);
    }
  }

  #turnInLine(kind: string): Promise<void> {
    this.#options.failpoints.reach('activity.waiting');
    return new Promise((resolve) => this.#line(kind).push(resolve));
  }

  #line(kind: string): (() => void)[] {
    const line = this.#waiting.get(kind) ?? [];
    this.#waiting.set(kind, line);
    return line;
  }
}

function runningId(address: ActorAddress, token: string): string {
  return `${addressId(address)} ${token}`;
}

/** How the activity ends with this try; undefined when it is tried again. */
function endOf(
  outcome: TryOutcome,
  attempt: number,
  { retry }: Activity,
): ActivityOutcome | undefined {
  if (!('failure' in outcome)) return outcome;
  const { failure } = outcome;
  const final =
    failure instanceof Refused ||
    failure instanceof Broken ||
    isFinal(retry, failure) ||
    attempt >= retry.attemptsMax;
  return final ? { error: body(failure) } : undefined;
}

function body(failure: unknown): Json {
  return errorBody(failure) as unknown as Json;
}

function untilAborted<T>(run: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`took longer than ${timeoutMs} ms`)), {
      once: true,
    });
    run.then(resolve, reject);
  });
}
