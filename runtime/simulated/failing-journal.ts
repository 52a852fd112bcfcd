/**
 * One process's way to a journal, on which calls take time, are refused, are lost, or happen without being answered.
 *
 * 1. With the same chance, the same clock and the same calls everything happens again in the same order. Each call draws three times
 *    while anything can go wrong with it, and not at all while nothing can.
 * 2. A call happens once or not at all; it fails with `Transient` only.
 * 3. Calls that are under way at once may overtake each other, as on several connections.
 * 4. `crash` is what a SIGKILL leaves: a call that has not arrived never happens, one that has arrived stands, nobody is answered.
 * 5. Opening, closing and looking (`inspect`, `activitiesOf`, `history`, `deadLetters`, `counts`) never fail.
 */
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import { Transient } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';
import {
  type JournalFate,
  type JournalFaults,
  journalFateOf,
  noJournalFaults,
} from './journal-faults.ts';

/** Time and chance of the failures, and how often which. */
export interface FailingJournalOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** From the start; `setFaults` changes them. Default: none. */
  readonly faults?: JournalFaults;
  /** What becomes of single calls, counted from 1 over all that can fail; it goes before the rates. */
  readonly fates?: ReadonlyMap<number, JournalFate>;
}

/** What is drawn for one call. */
interface Call {
  readonly what: string;
  readonly fate: JournalFate;
  readonly thereMs: number;
  readonly backMs: number;
  /** When the connection is cut at it: whether it had arrived. */
  readonly happens: boolean;
  readonly downMs: number;
}

/** A call on its way, to the journal or back; `end` says whether it arrives. */
type Journey = (end: 'arrived' | 'lost' | 'crashed') => void;

const downMaxMs = 1_000;
const neverFailing = new Set([
  'open',
  'close',
  'inspect',
  'activitiesOf',
  'history',
  'deadLetters',
  'counts',
]);

/** A journal whose calls fail by chance or by plan, with `Transient`; `port` is the journal to hand on. */
export class FailingJournal {
  /** The journal as the process sees it. */
  readonly port: Journal;
  readonly #options: FailingJournalOptions;
  readonly #underWay = new Set<Journey>();
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
        const method =
          typeof name !== 'string' || neverFailing.has(name)
            ? member.bind(target)
            : (...args: unknown[]) => this.#call(name, () => member.apply(target, args));
        methods.set(name, method);
        return method;
      },
    });
  }

  /** Calls so far that could have failed. */
  get calls(): number {
    return this.#calls;
  }

  /** From now on these rates hold; what is under way keeps its delay. */
  setFaults(faults: JournalFaults): void {
    this.#faults = faults;
  }

  /** No more faults, and the connection is there again. */
  heal(): void {
    this.#faults = noJournalFaults;
    this.#downUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** The connection is lost: everything under way fails, and for `downMs` every further call is refused. */
  cut(downMs = 0): void {
    this.#downUntilMs = this.#options.clock.now() + downMs;
    for (const end of [...this.#underWay]) end('lost');
  }

  /** The process is gone. */
  crash(): void {
    this.#crashed = true;
    for (const end of [...this.#underWay]) end('crashed');
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

  /** What comes back, a refusal of the journal's own included. */
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

  #drawn(what: string): Call {
    const { chance, fates } = this.#options;
    const [fate, delay, way] = [chance(), chance(), chance()];
    const { min, max } = this.#faults.delayMs;
    const delayMs = min + Math.floor(delay * (max - min + 1));
    const thereMs = Math.floor(way * (delayMs + 1));
    return {
      what,
      fate: fates?.get(this.#calls) ?? journalFateOf(fate, this.#faults),
      thereMs,
      backMs: delayMs - thereMs,
      happens: way < 0.5,
      downMs: 1 + Math.floor(delay * downMaxMs),
    };
  }

  /** True at the other end; false when the connection was lost; never when the process has crashed. */
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

function lost({ what }: Call, why: string): Transient {
  return new Transient('not-reachable', `the journal did not answer ${what}: ${why}`);
}
