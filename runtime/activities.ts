/**
 * Runs the activities machines have asked for: after the commit, at least once, with a stable idempotency key.
 *
 * 1. A result is an event for its actor; the row goes with the turn that takes it.
 * 2. A failed try is noted in the journal before it is tried again; `Refused`, `Broken` and the last allowed try are final.
 * 3. An activity whose state was left is aborted, or never begun when it still waited; what it still returns is stale.
 */

import { type Activity, retryDelayMs } from './activity.ts';
import { type ActorAddress, addressId } from './address.ts';
import type { Clock } from './clock.ts';
import { Broken, errorBody, Refused } from './errors.ts';
import type { Failpoints } from './failpoints.ts';
import type { ActivityRow, Journal } from './journal.ts';
import type { Json } from './json.ts';
import type { Log } from './log.ts';
import type { ActivityOutcome } from './machine-step.ts';
import type { Settlement } from './mailbox.ts';

export interface ActivitiesOptions {
  readonly journal: Pick<Journal, 'postponeActivity'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** The function behind a row; undefined when no machine here has it. */
  readonly find: (row: ActivityRow) => { readonly activity: Activity; readonly concurrencyMax: number } | undefined;
  readonly finish: (address: ActorAddress, token: string, outcome: ActivityOutcome, settle: (settlement: Settlement) => void) => void;
}

type TryOutcome = ActivityOutcome | { readonly failure: unknown };

interface Running {
  readonly row: ActivityRow;
  readonly controller: AbortController;
}

export class Activities {
  readonly #options: ActivitiesOptions;
  readonly #running = new Map<string, Running>();
  readonly #active = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #stopping = false;

  constructor(options: ActivitiesOptions) {
    this.#options = options;
  }

  get quiet(): boolean {
    return this.#running.size === 0;
  }

  start(rows: readonly ActivityRow[]): void {
    for (const row of rows) {
      const id = runningId(row.address, row.token);
      if (this.#stopping || this.#running.has(id)) continue;
      const running = { row, controller: new AbortController() };
      this.#running.set(id, running);
      void this.#run(id, running);
    }
  }

  /** The states that wanted these were left. */
  cancel(address: ActorAddress, tokens: readonly string[]): void {
    for (const token of tokens) {
      const id = runningId(address, token);
      this.#running.get(id)?.controller.abort();
      this.#running.delete(id);
    }
  }

  /** Aborts everything; the rows stay in the journal and are run again by whoever takes over. */
  stop(): void {
    this.#stopping = true;
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  async #run(id: string, { row, controller }: Running): Promise<void> {
    const found = this.#options.find(row);
    if (found === undefined) {
      this.#report(id, row, { error: body(new Broken('broken', `no machine here has the activity '${row.kind}'`)) });
      return;
    }
    await this.#pauseUntil(row.notBeforeMs, controller.signal);
    for (let attempt = row.attempt + 1; this.#running.has(id); attempt += 1) {
      const outcome = await this.#limited(row, found.concurrencyMax, async () =>
        this.#running.has(id) ? this.#try(row, found.activity, attempt, controller.signal) : undefined,
      );
      if (outcome === undefined || !this.#running.has(id)) return;
      const end = endOf(outcome, attempt, found.activity);
      if (end !== undefined) this.#report(id, row, end);
      if (end !== undefined || !(await this.#postpone(id, row, attempt, found.activity, controller.signal))) return;
    }
  }

  async #try(row: ActivityRow, activity: Activity, attempt: number, stopped: AbortSignal): Promise<TryOutcome> {
    const timeout = new AbortController();
    const cancelTimeout = this.#options.clock.after(activity.retry.timeoutMs, () => timeout.abort());
    const signal = AbortSignal.any([stopped, timeout.signal]);
    this.#options.failpoints.reach('activity.before-start', { addresses: [row.address] });
    try {
      const context = { idempotencyKey: `${addressId(row.address)}/${row.token}`, attempt, signal };
      const output = await untilAborted(activity.run(row.input, context), timeout.signal, activity.retry.timeoutMs);
      this.#options.failpoints.reach('activity.finished', { addresses: [row.address] });
      return { output };
    } catch (failure) {
      return { failure };
    } finally {
      cancelTimeout();
    }
  }

  async #postpone(id: string, row: ActivityRow, attempt: number, activity: Activity, signal: AbortSignal): Promise<boolean> {
    const notBeforeMs = this.#options.clock.now() + retryDelayMs(activity.retry, attempt);
    try {
      if (!(await this.#options.journal.postponeActivity(row.address, row.token, attempt, notBeforeMs))) this.#running.delete(id);
    } catch (error) {
      this.#options.log('warn', 'a failed try could not be noted', { activity: row.kind, error: String(error) });
    }
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
    const kind = `${row.address.service}/${row.kind}`;
    const active = this.#active.get(kind) ?? 0;
    if (active >= max) await new Promise<void>((resolve) => this.#line(kind).push(resolve));
    else this.#active.set(kind, active + 1);
    try {
      return await run();
    } finally {
      const next = this.#line(kind).shift();
      if (next !== undefined) next();
      else this.#active.set(kind, (this.#active.get(kind) ?? 1) - 1);
    }
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
function endOf(outcome: TryOutcome, attempt: number, { retry }: Activity): ActivityOutcome | undefined {
  if (!('failure' in outcome)) return outcome;
  return final(outcome.failure) || attempt >= retry.attemptsMax ? { error: body(outcome.failure) } : undefined;
}

function final(failure: unknown): boolean {
  return failure instanceof Refused || failure instanceof Broken;
}

function body(failure: unknown): Json {
  return errorBody(failure) as unknown as Json;
}

function untilAborted<T>(run: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`took longer than ${timeoutMs} ms`)), { once: true });
    run.then(resolve, reject);
  });
}
