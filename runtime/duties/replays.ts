/**
 * Has dead letters handled again that somebody has marked, whichever process that was.
 *
 * 1. A letter goes after the turn that handled it, and not before; a crash between the two hands it in again, and the inbox knows it. A
 *    message without any identity is then handled twice, as it would be by the broker.
 * 2. What cannot be noted is tried again until this process stops; then the letter is another's.
 */
import type { Clock } from '../ports/clock.ts';
import type { DeadLetterList, StoredDeadLetter } from '../ports/dead-letter.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Log } from '../ports/log.ts';
import type { Acknowledgement } from '../ports/transport.ts';

export interface ReplaysOptions {
  readonly journal: Pick<DeadLetterList, 'takeReplays' | 'endReplays'>;
  readonly instance: string;
  /** Letters may have been taken, and this process does not know which. */
  readonly inDoubt: () => void;
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Hands a letter to its service; `done` when it was handled or buried again, `retry` when neither could be. */
  readonly handle: (deadLetter: StoredDeadLetter) => Promise<Acknowledgement>;
}

const takenMax = 100;
const retryMs = 1_000;

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #underWay = new Set<string>();
  readonly #pauses = new Set<() => void>();
  #stopped = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Takes what is marked, also what an instance had taken that has not beaten since. Resolves when it is taken. */
  async poll(deadBeforeMs: number): Promise<void> {
    if (this.#stopped || this.#underWay.size >= takenMax) return;
    const { journal, instance, inDoubt, services, failpoints } = this.#options;
    const deadLetters = await journal
      .takeReplays(instance, services, deadBeforeMs, takenMax - this.#underWay.size)
      .catch((error: unknown) => {
        inDoubt();
        throw error;
      });
    if (deadLetters.length > 0) failpoints.reach('replay.taken');
    for (const deadLetter of deadLetters)
      if (!this.#underWay.has(deadLetter.id)) void this.#run(deadLetter);
  }

  stop(): void {
    this.#stopped = true;
    for (const endPause of this.#pauses) endPause();
  }

  async #run(deadLetter: StoredDeadLetter): Promise<void> {
    this.#underWay.add(deadLetter.id);
    while (!(await this.#handled(deadLetter)) && !this.#stopped) await this.#pause();
    this.#underWay.delete(deadLetter.id);
  }

  async #handled(deadLetter: StoredDeadLetter): Promise<boolean> {
    const { handle, journal, failpoints } = this.#options;
    try {
      if ((await handle(deadLetter)) !== 'done') return false;
      failpoints.reach('replay.handled');
      await journal.endReplays([deadLetter]);
      failpoints.reach('replay.ended');
      return true;
    } catch (error) {
      this.#options.log('warn', 'a dead letter could not be handled again yet', {
        deadLetter: deadLetter.id,
        error: String(error),
      });
      return false;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(retryMs, () => end());
      const end = (): void => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      this.#pauses.add(end);
    });
  }
}
