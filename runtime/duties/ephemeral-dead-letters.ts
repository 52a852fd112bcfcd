/**
 * Moves dead letters of ephemeral machines from the memory journal, which ends with the process, to
 * the journal of their service.
 *
 * Invariant: the message is acknowledged only after its dead letter is in the journal of the
 * service. So a crash never loses a dead letter.
 */
import type { Clock } from '../ports/clock.ts';
import type { DeadLetter, DeadLetterList } from '../ports/dead-letter.ts';
import { errorText } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import { pause } from '../ports/waiting.ts';

export interface EphemeralDeadLettersOptions {
  /** The memory journal, which holds the dead letters first. */
  readonly journal: Pick<DeadLetterList, 'dropDeadLetters'>;
  /** Adds a dead letter to the journal of its service. */
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

  /**
   * Resolves when all are kept. Tries again every second, for as long as the journal cannot be
   * reached.
   */
  async keep(deadLetters: readonly DeadLetter[]): Promise<void> {
    const { clock, journal } = this.#options;
    for (const deadLetter of deadLetters)
      while (!(await this.#isKept(deadLetter))) await pause(clock, retryMs);
    if (deadLetters.length > 0)
      await journal.dropDeadLetters({ ids: deadLetters.map(({ id }) => id) });
  }

  async #isKept(deadLetter: DeadLetter): Promise<boolean> {
    try {
      await this.#options.keepDeadLetter(deadLetter);
      return true;
    } catch (error) {
      this.#options.log('warn', 'a dead letter could not be kept; the next try is in a second', {
        deadLetter: deadLetter.id,
        error: errorText(error),
      });
      return false;
    }
  }
}
