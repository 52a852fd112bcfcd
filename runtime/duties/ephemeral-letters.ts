/**
 * Dead letters of ephemeral machines go to the journal of their service: the one they ran on is gone with the process. A message is
 * acknowledged only after that.
 */
import type { Clock } from '../ports/clock.ts';
import type { DeadLetter, DeadLetterBox } from '../ports/dead-letter.ts';
import type { Log } from '../ports/log.ts';

export interface EphemeralLettersOptions {
  /** Where they lie for the moment. */
  readonly journal: Pick<DeadLetterBox, 'dropDeadLetters'>;
  readonly bury: (letter: DeadLetter) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

const retryMs = 1_000;

export class EphemeralLetters {
  readonly #options: EphemeralLettersOptions;

  constructor(options: EphemeralLettersOptions) {
    this.#options = options;
  }

  /** Resolves when all are kept, however often it takes. */
  async keep(letters: readonly DeadLetter[]): Promise<void> {
    for (const letter of letters) while (!(await this.#kept(letter))) await this.#pause();
    if (letters.length > 0)
      await this.#options.journal.dropDeadLetters({ ids: letters.map(({ id }) => id) });
  }

  async #kept(letter: DeadLetter): Promise<boolean> {
    try {
      await this.#options.bury(letter);
      return true;
    } catch (error) {
      this.#options.log('warn', 'a dead letter could not be kept; tried again', {
        letter: letter.id,
        error: String(error),
      });
      return false;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(retryMs, resolve));
  }
}
