/**
 * The waits of a start: for a server that is not up yet, and for anything else that takes long.
 *
 * Invariants:
 * - Never silent: each wait is logged at `warn`, with its reason and since when, and logged again
 *   with growing pauses.
 * - Only reachability: an error other than `not-reachable` ends the start at once.
 * - Abortable: when `signal` is aborted, the wait for a server rejects with `Transient`, although an
 *   attempt under way may go on until its own limit.
 */
import { isoTime } from '../../config/iso-time.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import { Transient } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import { type Backoff, backoffMs, pause } from '../ports/waiting.ts';

export interface StartWaitPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const tries: Backoff = { firstDelayMs: 100, delayMaxMs: 10_000, jitter: 0.5 };
const reminders: Backoff = { firstDelayMs: 5_000, delayMaxMs: 60_000 };

/** Repeats `attempt` while it rejects with `Transient('not-reachable')`. */
export async function untilReachable(
  subject: string,
  attempt: () => Promise<void>,
  ports: StartWaitPorts,
): Promise<void> {
  const { clock, chance, log, signal } = ports;
  const since = isoTime(clock.now());
  for (let failures = 1; ; failures += 1) {
    if (signal.aborted) throw stoppedError();
    try {
      return await announced(subject, unlessAborted(attempt(), signal), ports);
    } catch (error) {
      if (!(error instanceof Transient && error.code === 'not-reachable')) throw error;
      const delayMs = backoffMs(tries, failures, chance());
      log('warn', `waiting for ${subject}`, {
        attempt: failures,
        delayMs,
        since,
        reason: error.message,
      });
      await pause(clock, delayMs, signal);
    }
  }
}

/** The result of `work`. While `work` takes long, a reminder names `subject`. */
export async function announced<Result>(
  subject: string,
  work: Promise<Result>,
  { clock, log }: Pick<StartWaitPorts, 'clock' | 'log'>,
): Promise<Result> {
  const ended = new AbortController();
  const since = isoTime(clock.now());
  void remind(clock, ended.signal, () => log('warn', `still waiting for ${subject}`, { since }));
  try {
    return await work;
  } finally {
    ended.abort();
  }
}

async function remind(clock: Clock, ended: AbortSignal, tell: () => void): Promise<void> {
  for (let reminder = 1; ; reminder += 1) {
    await pause(clock, backoffMs(reminders, reminder), ended);
    if (ended.aborted) return;
    tell();
  }
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(stoppedError());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function stoppedError(): Transient {
  return new Transient('transport-lost', 'stopped before the start was complete');
}
