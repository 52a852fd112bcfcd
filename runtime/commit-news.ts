/**
 * Tells the log and the listeners of a process about commits.
 *
 * - An error of a listener is no part of the turn.
 */
import type { EngineOptions } from './engine-options.ts';
import { addressId } from './ports/address.ts';
import { deadLetterFields } from './ports/dead-letter.ts';
import { errorText } from './ports/errors.ts';
import type { HistoryLine, TurnCommit } from './ports/journal-rows.ts';

export class CommitNews {
  readonly #options: Pick<EngineOptions, 'ports' | 'onHistory' | 'onTurns'>;

  constructor(options: Pick<EngineOptions, 'ports' | 'onHistory' | 'onTurns'>) {
    this.#options = options;
  }

  tell(commits: readonly TurnCommit[]): void {
    for (const commit of commits) this.#tellDeadLetters(commit);
    this.#tellListeners(commits);
  }

  #tellDeadLetters({ address, deadLetters }: TurnCommit): void {
    for (const deadLetter of deadLetters) {
      const fields = { actor: addressId(address), ...deadLetterFields(deadLetter) };
      this.#options.ports.log('warn', 'a message is a dead letter', fields);
    }
  }

  #tellListeners(commits: readonly TurnCommit[]): void {
    const { onHistory, onTurns, ports } = this.#options;
    const lines = inOrder(commits.flatMap(({ history }) => history));
    try {
      onTurns(commits);
      if (lines.length > 0) onHistory(lines);
    } catch (error) {
      ports.log('error', 'a listener for history or turns failed', { error: errorText(error) });
    }
  }
}

/** In the order of their making: the turns of a chain alternate. */
function inOrder(lines: readonly HistoryLine[]): readonly HistoryLine[] {
  return lines.length < 2 ? lines : [...lines].sort((a, b) => (a.id < b.id ? -1 : 1));
}
