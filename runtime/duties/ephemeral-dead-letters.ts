/**
 * Dead letters of ephemeral machines go to the journal of their service: the one they ran on is gone with the process. A message is
 * acknowledged only after that.
 */
import type { Clock } from '../ports/clock.ts';
import type { DeadLetter, DeadLetterList } from '../ports/dead-letter.ts';
import type { Log } from '../ports/log.ts';

export interface EphemeralDeadLettersOptions {
  /** Where they lie for the moment. */
  readonly journal: Pick<DeadLetterList, 'dropDeadLetters'>;
  readonly keepDeadLetter: (deadLetter: DeadLetter) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

const retryMs = 1_000;

export class EphemeralDeadLetters {
  readonly #options: EphemeralDeadLettersOptions;

  constructor(options: EphemeralDeadLettersOptions) {
    this.#options = options;
  }

  /** Resolves when all are kept, however often it takes. */
  async keep(deadLetters: readonly DeadLetter[]): Promise<void> {
    for (const deadLetter of deadLetters)
      while (!(await this.#kept(deadLetter))) await this.#pause();
    if (deadLetters.length > 0)
      await this.#options.journal.dropDeadLetters({ ids: deadLetters.map(({ id }) => id) });
  }

  async #kept(deadLetter: DeadLetter): Promise<boolean> {
    try {
      await this.#options.keepDeadLetter(deadLetter);
      return true;
    } catch (error) {
      this.#options.log('warn', 'a dead letter could not be kept; tried again', {
        deadLetter: deadLetter.id,
        error: String(error),
      });
      return false;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(retryMs, resolve));
  }
}
