/**
 * Dead letters in memory: one per message, with the number of times that it became a dead letter.
 */
import {
  type DeadLetter,
  type DeadLetterSelection,
  deadLetterIdentity,
  type StoredDeadLetter,
} from '../ports/dead-letter.ts';
import { identityOf } from '../ports/identity.ts';

interface Entry {
  readonly identity: string;
  deadLetter: StoredDeadLetter;
  /** Position among the marked dead letters; undefined without a mark. */
  markedAt?: number;
  /** The instance that has taken the dead letter to handle it again. */
  taker?: string;
}

export class MemoryDeadLetters {
  readonly #byIdentity = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  #marks = 0;

  get size(): number {
    return this.#byId.size;
  }

  add({ atMs, ...unhandled }: DeadLetter): void {
    const identity = identityOf(unhandled.service, deadLetterIdentity(unhandled));
    const earlier = this.#byIdentity.get(identity)?.deadLetter;
    const deadLetter = {
      ...unhandled,
      id: earlier?.id ?? unhandled.id,
      firstAtMs: earlier?.firstAtMs ?? atMs,
      lastAtMs: atMs,
      count: (earlier?.count ?? 0) + 1,
      replayRequested: false,
    };
    const entry = { identity, deadLetter };
    this.#byIdentity.set(identity, entry);
    this.#byId.set(deadLetter.id, entry);
  }

  list(services: readonly string[] | 'all', limit: number): StoredDeadLetter[] {
    const found = [...this.#byId.values()]
      .map(({ deadLetter }) => deadLetter)
      .filter(({ service }) => services === 'all' || services.includes(service));
    return found.sort(newestFirst).slice(0, limit);
  }

  find(id: string): StoredDeadLetter | undefined {
    return this.#byId.get(id)?.deadLetter;
  }

  mark(selection: DeadLetterSelection): number {
    const entries = this.#selected(selection);
    for (const entry of entries) this.#mark(entry);
    return entries.length;
  }

  #mark(entry: Entry): void {
    if (entry.deadLetter.replayRequested) return;
    this.#marks += 1;
    entry.markedAt = this.#marks;
    entry.deadLetter = { ...entry.deadLetter, replayRequested: true };
  }

  drop(selection: DeadLetterSelection): number {
    const entries = this.#selected(selection);
    for (const entry of entries) this.#remove(entry);
    return entries.length;
  }

  /** `isDead`: whether an instance has ended, so that others may take its dead letters. */
  take(
    instance: string,
    services: readonly string[],
    isDead: (instance: string) => boolean,
    limit: number,
  ): StoredDeadLetter[] {
    const isFree = ({ deadLetter, markedAt, taker }: Entry) =>
      markedAt !== undefined &&
      services.includes(deadLetter.service) &&
      (taker === undefined || (taker !== instance && isDead(taker)));
    const free = [...this.#byId.values()]
      .filter(isFree)
      .sort((a, b) => (a.markedAt ?? 0) - (b.markedAt ?? 0));
    return free.slice(0, limit).map((entry) => {
      entry.taker = instance;
      return entry.deadLetter;
    });
  }

  /** Deletes handled dead letters. Exception: the count has changed since they were taken. */
  end(deadLetters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): void {
    for (const { id, count } of deadLetters) {
      const entry = this.#byId.get(id);
      if (entry?.deadLetter.count === count) this.#remove(entry);
    }
  }

  #selected(selection: DeadLetterSelection): Entry[] {
    if ('ids' in selection) return selection.ids.flatMap((id) => this.#byId.get(id) ?? []);
    return [...this.#byId.values()].filter(
      ({ deadLetter }) => deadLetter.service === selection.service,
    );
  }

  #remove({ identity, deadLetter }: Entry): void {
    this.#byIdentity.delete(identity);
    this.#byId.delete(deadLetter.id);
  }
}

function newestFirst(a: StoredDeadLetter, b: StoredDeadLetter): number {
  return b.lastAtMs - a.lastAtMs || (a.id < b.id ? 1 : -1);
}
