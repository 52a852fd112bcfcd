/**
 * Tells the journal regularly that this process is alive, and takes over the rows of dead
 * processes.
 *
 * Invariants:
 * - In doubt, renamed: when an answer of the journal was lost, the next beat takes a new instance
 *   name and leaves the old one. The rows of the old name are then adopted as those of a dead
 *   process.
 * - Recovered before anything new: `start` resolves after the first beat, which has adopted what
 *   dead processes left.
 * - A journal that cannot be reached stops nothing: the next beat tries again.
 */
import type { Clock } from '../ports/clock.ts';
import { errorText } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Adopted, Journal } from '../ports/journal.ts';
import type { ProcessState } from '../ports/journal-processes.ts';
import type { Log } from '../ports/log.ts';
import type { JournalClock } from './journal-clock.ts';

export interface HeartbeatOptions {
  readonly journal: Pick<Journal, 'exclusive' | 'beat' | 'adopt' | 'leave'>;
  readonly instance: InstanceName;
  /** What this process says about itself in each beat. */
  readonly state: () => ProcessState;
  /** The services that this process works for at the moment. */
  readonly services: () => readonly string[];
  /** The host's clock, for the pause between two beats. */
  readonly clock: Clock;
  /** Compared with the journal's own clock at each beat. */
  readonly journalClock: JournalClock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Time between two beats, milliseconds. */
  readonly everyMs: number;
  /** An instance without a beat for this long is dead, milliseconds. */
  readonly leaseMs: number;
  /** Looks at the other processes, before anything is adopted. */
  readonly onNoted: () => Promise<void>;
  /** Continues what dead processes left. */
  readonly onAdopted: (adopted: Adopted) => void;
  /** Other regular work. An instance is dead when its last beat was before `deadBeforeMs`. */
  readonly onBeat: (deadBeforeMs: number) => Promise<void>;
}

const adoptMax = 500;

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #cancelNext: () => void = () => undefined;
  #beating: Promise<void> = Promise.resolve();
  #stopped = true;
  #hasBegun = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Resolves after the first beat. */
  start(): Promise<void> {
    this.#stopped = false;
    this.#hasBegun = true;
    return this.#beat();
  }

  /** Resolves when no beat is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNext();
    await this.#beating;
  }

  /**
   * Tells the journal that this process ends, so other processes need not wait for its lease. A
   * journal that cannot be reached is no reason not to stop. Without a beat the journal knows of no
   * process.
   */
  async leave(): Promise<void> {
    if (!this.#hasBegun) return;
    const { journal, instance, log } = this.#options;
    try {
      await journal.leave(instance.current);
    } catch (error) {
      log('warn', 'the journal could not be told that this process ends', {
        error: errorText(error),
      });
    }
  }

  async #beat(): Promise<void> {
    const { clock, log, everyMs } = this.#options;
    try {
      await this.#work();
    } catch (error) {
      log('warn', 'the journal could not be reached; the next heartbeat tries again', {
        error: errorText(error),
      });
    }
    if (this.#stopped) return;
    this.#cancelNext = clock.after(everyMs, () => {
      this.#beating = this.#beat();
    });
  }

  async #work(): Promise<void> {
    const { journal, instance, journalClock, failpoints, state } = this.#options;
    const oldName = instance.inDoubt ? instance.renew() : undefined;
    const beat = (nowMs: number): Promise<number> => journal.beat(instance.current, nowMs, state());
    if (await journalClock.compare(beat)) await beat(journalClock.now());
    failpoints.reach('beat.noted');
    if (oldName !== undefined) await journal.leave(oldName);
    await this.#options.onNoted();
    await this.#adopt();
    await this.#options.onBeat(this.#deadBeforeMs());
  }

  /** When no other process can hold the journal, every other instance is dead. */
  #deadBeforeMs(): number {
    const { journal, journalClock, leaseMs } = this.#options;
    return journal.exclusive ? journalClock.now() : journalClock.now() - leaseMs;
  }

  async #adopt(): Promise<void> {
    const { journal, instance, services, failpoints, log, onAdopted } = this.#options;
    const adopted = await journal
      .adopt(instance.current, services(), this.#deadBeforeMs(), adoptMax)
      .catch((error: unknown) => {
        instance.doubt();
        throw error;
      });
    const counts = { messages: adopted.outbox.length, activities: adopted.activities.length };
    if (counts.messages + counts.activities === 0) return;
    failpoints.reach('adopt.taken');
    log('info', 'took over what another instance left', counts);
    onAdopted(adopted);
  }
}
