/** The dead letters of several services, over one journal or several: what an operator does with them. */
import type { Clock } from '../ports/clock.ts';
import type { DeadLetterSelection, StoredDeadLetter } from '../ports/dead-letter.ts';
import { Refused } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';

/** Which dead letters to list. */
export interface DeadLetterListing {
  /** Default: all services. */
  readonly service?: string;
  /** At most so many, newest first. Default 100. */
  readonly limit?: number;
}

/** The dead letters of services, for whoever lists, shows, replays and drops them. */
export class DeadLetters {
  readonly #journals: ReadonlyMap<string, Journal>;
  readonly #clock: Clock;

  /** `journals` by service. */
  constructor(journals: ReadonlyMap<string, Journal>, clock: Clock) {
    this.#journals = journals;
    this.#clock = clock;
  }

  /** Newest first. Rejects with `Refused('not-found')` for a service that is not among these. */
  async list({
    service,
    limit = 100,
  }: DeadLetterListing = {}): Promise<readonly StoredDeadLetter[]> {
    const found: StoredDeadLetter[] = [];
    for (const [journal, services] of this.#groups(service))
      found.push(...(await journal.deadLetters(services, limit)));
    return found.sort((a, b) => b.lastAtMs - a.lastAtMs || (a.id < b.id ? 1 : -1)).slice(0, limit);
  }

  async show(id: string): Promise<StoredDeadLetter | undefined> {
    for (const journal of new Set(this.#journals.values())) {
      const found = await journal.deadLetter(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * Marks letters to be handled again, by the service they belong to and no other, with the exchange, routing key and properties they came
   * with. Whoever runs the service does it at its next beat (by default within a second); each goes when it was handled, or is
   * buried again with a higher count. Resolves to how many there were.
   */
  replay(selection: DeadLetterSelection): Promise<number> {
    return this.#each(selection, (journal) => journal.requestReplay(selection, this.#clock.now()));
  }

  /** Forgets them. Resolves to how many there were. */
  drop(selection: DeadLetterSelection): Promise<number> {
    return this.#each(selection, (journal) => journal.dropDeadLetters(selection));
  }

  async #each(
    selection: DeadLetterSelection,
    work: (journal: Journal) => Promise<number>,
  ): Promise<number> {
    let count = 0;
    for (const journal of this.#groups(
      'service' in selection ? selection.service : undefined,
    ).keys())
      count += await work(journal);
    return count;
  }

  #groups(service: string | undefined): ReadonlyMap<Journal, readonly string[]> {
    if (service !== undefined && !this.#journals.has(service)) {
      const known = [...this.#journals.keys()].join(', ');
      throw new Refused('not-found', `there is no service '${service}' here; there are ${known}`);
    }
    const groups = new Map<Journal, string[]>();
    for (const [name, journal] of this.#journals) {
      if (service !== undefined && name !== service) continue;
      groups.set(journal, [...(groups.get(journal) ?? []), name]);
    }
    return groups;
  }
}
