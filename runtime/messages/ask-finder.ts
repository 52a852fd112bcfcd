/**
 * Finds the questions that answers belong to. Answers that come together are looked up together.
 *
 * Invariants:
 * - One look-up of the journal at a time: a call that comes meanwhile shares the next look-up. No
 *   call waits for a look-up to fill.
 */
import type { Journal } from '../ports/journal.ts';
import type { AskRow } from '../ports/journal-rows.ts';

interface Wanted {
  readonly correlationId: string;
  readonly resolve: (row: AskRow | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export class AskFinder {
  readonly #journal: Pick<Journal, 'findAsks'>;
  #wanted: Wanted[] = [];
  #looking = false;

  constructor(journal: Pick<Journal, 'findAsks'>) {
    this.#journal = journal;
  }

  /** Undefined when nobody waits for that answer. Rejects when the journal cannot be reached. */
  find(correlationId: string): Promise<AskRow | undefined> {
    return new Promise((resolve, reject) => {
      this.#wanted.push({ correlationId, resolve, reject });
      if (!this.#looking) void this.#lookAll();
    });
  }

  async #lookAll(): Promise<void> {
    this.#looking = true;
    await Promise.resolve();
    while (this.#wanted.length > 0) await this.#look(this.#wanted.splice(0));
    this.#looking = false;
  }

  async #look(wanted: readonly Wanted[]): Promise<void> {
    try {
      const ids = new Set(wanted.map(({ correlationId }) => correlationId));
      const rows = await this.#journal.findAsks([...ids]);
      const found = new Map(rows.map((row) => [row.correlationId, row]));
      for (const { correlationId, resolve } of wanted) resolve(found.get(correlationId));
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }
}
