/**
 * The connection of one process to a journal. Calls take time, are refused, are lost, or happen
 * without an answer.
 *
 * Invariants:
 * - Repeatable: the same chance, clock and calls give the same failures in the same order. A call
 *   draws three numbers while failures are possible, and none while they are not.
 * - At most once: a call happens once or not at all. It fails with `Transient` only.
 * - Unordered: calls that are under way at once may overtake each other, as on several connections.
 * - Crash: `crash` has the effect of a SIGKILL. A call that has not arrived never happens, a call
 *   that has arrived stands, and no caller gets an answer.
 * - Looking never fails: opening, closing, reading the secret and the reads for inspection
 *   (`inspect`, `activitiesOf`, `history`, `deadLetters`, `counts`).
 */
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import { Transient } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';
import { FailingCommits } from './failing-commits.ts';
import {
  type JournalFate,
  type JournalFaults,
  journalFateOf,
  noJournalFaults,
} from './journal-faults.ts';

/** The clock, the chance and the rates of the failures. */
export interface FailingJournalOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** The rates at the start; `setFaults` changes them. Default: no failures. */
  readonly faults?: JournalFaults;
  /**
   * The fate of single calls, which goes before the rates. Calls that can fail are counted from 1.
   */
  readonly fates?: ReadonlyMap<number, JournalFate>;
}

/** The numbers that are drawn for one call. */
interface Call {
  /** Number and name of the call. */
  readonly name: string;
  readonly fate: JournalFate;
  readonly thereMs: number;
  readonly backMs: number;
  /** When the connection is cut during the call: whether the call had arrived. */
  readonly happens: boolean;
  readonly downMs: number;
}

/** Ends the way of a call to the journal, or of its answer. */
type Journey = (end: 'arrived' | 'lost' | 'crashed') => void;

const downMaxMs = 1_000;
const neverFailing = new Set([
  'open',
  'close',
  'secret',
  'inspect',
  'activitiesOf',
  'history',
  'deadLetters',
  'counts',
]);

/**
 * A journal whose calls fail by chance or by plan, with `Transient`. Give `port` to the process.
 */
export class FailingJournal {
  /** The journal as its process sees it. */
  readonly port: Journal;
  readonly #options: FailingJournalOptions;
  readonly #underWay = new Set<Journey>();
  readonly #commits = new FailingCommits((name, perform) => this.#call(name, perform));
  #faults: JournalFaults;
  #calls = 0;
  #downUntilMs = Number.NEGATIVE_INFINITY;
  #crashed = false;

  constructor(journal: Journal, options: FailingJournalOptions) {
    this.#options = options;
    this.#faults = options.faults ?? noJournalFaults;
    const methods = new Map<string | symbol, unknown>();
    this.port = new Proxy(journal, {
      get: (target, name) => {
        const known = methods.get(name);
        if (known !== undefined) return known;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const method = this.#method(journal, name, member.bind(target));
        methods.set(name, method);
        return method;
      },
    });
  }

  #method(
    journal: Journal,
    name: string | symbol,
    member: (...args: unknown[]) => Promise<unknown>,
  ): (...args: unknown[]) => Promise<unknown> {
    if (typeof name !== 'string' || neverFailing.has(name)) return member;
    if (name === 'begin') return () => this.#commits.begin(() => journal.begin());
    return (...args) => this.#call(name, () => member(...args));
  }

  /** Number of calls so far that can fail. */
  get calls(): number {
    return this.#calls;
  }

  /** Changes the rates. Calls under way keep their delay. */
  setFaults(faults: JournalFaults): void {
    this.#faults = faults;
  }

  /** Ends all failures, and restores the connection. */
  heal(): void {
    this.#faults = noJournalFaults;
    this.#downUntilMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Loses the connection: all calls under way fail, every call within `downMs` is refused, and open
   * commits are rolled back.
   */
  cut(downMs = 0): void {
    this.#downUntilMs = this.#options.clock.now() + downMs;
    for (const end of [...this.#underWay]) end('lost');
    this.#commits.rollBack();
  }

  /** Kills the process. */
  crash(): void {
    this.#crashed = true;
    for (const end of [...this.#underWay]) end('crashed');
    this.#commits.crash();
  }

  #call<T>(name: string, perform: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    if (this.#crashed) return new Promise(() => undefined);
    const isSafe = this.#faults === noJournalFaults && this.#options.fates === undefined;
    return isSafe && this.#downUntilMs === Number.NEGATIVE_INFINITY
      ? perform()
      : this.#risked(name, perform);
  }

  async #risked<T>(name: string, perform: () => Promise<T>): Promise<T> {
    const call = this.#drawn(`call ${this.#calls}, '${name}'`);
    if (this.#options.clock.now() < this.#downUntilMs) throw lost(call, 'the connection is down');
    if (call.fate === 'refused') throw lost(call, 'it was refused');
    if (!(await this.#travels(call.thereMs)))
      throw lost(call, 'the connection was lost on the way');
    if (call.fate === 'cut') this.cut(call.downMs);
    if (call.fate === 'cut' && !call.happens)
      throw lost(call, 'the connection was lost before it arrived');
    return this.#answered(call, perform);
  }

  /** The answer, also when the journal itself refuses. */
  async #answered<T>(call: Call, perform: () => Promise<T>): Promise<T> {
    const outcome = await perform().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    if (call.fate !== 'answered') throw lost(call, 'the answer was lost');
    if (!(await this.#travels(call.backMs)))
      throw lost(call, 'the connection was lost on the way back');
    return outcome();
  }

  #drawn(name: string): Call {
    const { chance, fates } = this.#options;
    const [fate, delay, way] = [chance(), chance(), chance()];
    const { min, max } = this.#faults.delayMs;
    const delayMs = min + Math.floor(delay * (max - min + 1));
    const thereMs = Math.floor(way * (delayMs + 1));
    return {
      name,
      fate: fates?.get(this.#calls) ?? journalFateOf(fate, this.#faults),
      thereMs,
      backMs: delayMs - thereMs,
      happens: way < 0.5,
      downMs: 1 + Math.floor(delay * downMaxMs),
    };
  }

  /**
   * True when the way has ended at the other end, false when the connection was lost. Never
   * resolves after a crash.
   */
  #travels(delayMs: number): Promise<boolean> {
    if (this.#crashed) return new Promise(() => undefined);
    if (delayMs === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end: Journey = (how) => {
        cancel();
        this.#underWay.delete(end);
        if (how !== 'crashed') resolve(how === 'arrived');
      };
      const cancel = this.#options.clock.after(delayMs, () => end('arrived'));
      this.#underWay.add(end);
    });
  }
}

function lost({ name }: Call, reason: string): Transient {
  return new Transient('not-reachable', `the journal did not answer ${name}: ${reason}`);
}
