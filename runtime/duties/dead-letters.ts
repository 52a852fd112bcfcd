/**
 * What an operator does with dead letters: list, show, edit, replay and drop them, over all
 * journals of a process.
 *
 * Boundary: nothing is handled here. `replay` marks dead letters in their journal, and `replays.ts`
 * handles the marked dead letters, in a process that runs the service.
 */
import type { Clock } from '../ports/clock.ts';
import {
  type DeadLetterEdit,
  type DeadLetterSelection,
  editOfHeader,
  type StoredDeadLetter,
} from '../ports/dead-letter.ts';
import { Refused } from '../ports/errors.ts';
import type { Ids } from '../ports/ids.ts';
import type { Journal } from '../ports/journal.ts';

/** Which dead letters to list. */
export interface DeadLetterListing {
  /** Default: all services of the journals, also services unknown to this process. */
  readonly service?: string;
  /** At most so many, newest first. Default 100. */
  readonly limit?: number;
}

/**
 * The dead letters in the journals of several services. A method that gets the name of a service
 * rejects with `Refused('not-found')` when the service is not known and no journal has a dead
 * letter of it.
 */
export class DeadLetters {
  readonly #journals: ReadonlyMap<string, Journal>;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #services: ReadonlySet<string>;

  /**
   * `journals` by name of the service. `services`: the names of the known services, also of
   * services without a journal. Default: the services of `journals`.
   */
  constructor(
    journals: ReadonlyMap<string, Journal>,
    clock: Clock,
    ids: Ids,
    services: Iterable<string> = journals.keys(),
  ) {
    this.#journals = journals;
    this.#clock = clock;
    this.#ids = ids;
    this.#services = new Set(services);
  }

  /** Newest first. */
  async list({
    service,
    limit = 100,
  }: DeadLetterListing = {}): Promise<readonly StoredDeadLetter[]> {
    const services = service === undefined ? 'all' : [service];
    const found: StoredDeadLetter[] = [];
    for (const journal of this.#journalsOf(service))
      found.push(...(await journal.deadLetters(services, limit)));
    this.#checkService(service, found.length);
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
   * Marks dead letters to be handled again. Only the service of a dead letter handles it, with the
   * exchange, routing key and properties of the first time. A process that runs the service does so
   * at its next heartbeat (by default within a second). A dead letter that was handled is deleted;
   * after another failure it stays, with a higher count. Resolves to the number of dead letters.
   */
  replay(selection: DeadLetterSelection): Promise<number> {
    return this.#each(selection, (journal) => journal.requestReplay(selection, this.#clock.now()));
  }

  /**
   * Adds a copy of a message with another body and other headers, and resolves to its id. The copy
   * is another message: its id is its message id too, and its header `dead-letter-edit-of` names
   * the edited dead letter, which stays. Rejects with `Refused` for an unknown id, and for a dead
   * letter that is no message.
   */
  async edit(id: string, { headers, body }: DeadLetterEdit): Promise<string> {
    for (const journal of new Set(this.#journals.values())) {
      const found = await journal.deadLetter(id);
      if (found === undefined) continue;
      const { service, kind, reason, queue, exchange, routingKey } = found;
      if (kind !== 'message')
        throw new Refused('not-supported', `the dead letter ${id} is no message that came in`);
      const edited = this.#ids.next();
      const { contentEncoding: _, ...properties } = found.properties;
      await journal.addDeadLetter({
        id: edited,
        service,
        kind,
        reason,
        queue,
        exchange,
        routingKey,
        properties: {
          ...properties,
          messageId: edited,
          headers: { ...headers, [editOfHeader]: id },
        },
        body,
        atMs: this.#clock.now(),
      });
      return edited;
    }
    throw new Refused('not-found', `there is no dead letter ${id}`);
  }

  /** Deletes dead letters. Resolves to their number. */
  drop(selection: DeadLetterSelection): Promise<number> {
    return this.#each(selection, (journal) => journal.dropDeadLetters(selection));
  }

  async #each(
    selection: DeadLetterSelection,
    work: (journal: Journal) => Promise<number>,
  ): Promise<number> {
    const service = 'service' in selection ? selection.service : undefined;
    let count = 0;
    for (const journal of this.#journalsOf(service)) count += await work(journal);
    this.#checkService(service, count);
    return count;
  }

  /** The journal of a service that this process knows; otherwise every journal. */
  #journalsOf(service: string | undefined): readonly Journal[] {
    const journal = service === undefined ? undefined : this.#journals.get(service);
    return journal === undefined ? [...new Set(this.#journals.values())] : [journal];
  }

  /** A name without any dead letter may be a mistake. */
  #checkService(service: string | undefined, found: number): void {
    if (service === undefined || found > 0 || this.#services.has(service)) return;
    const known = [...this.#services].join(', ');
    throw new Refused(
      'not-found',
      `there is no service '${service}' here; the services are ${known}`,
    );
  }
}
