/** Dead letters in memory: one for each message, however often it was buried. */
import {
  type DeadLetter,
  type DeadLetterSelection,
  deadLetterIdentity,
  type StoredDeadLetter,
} from '../ports/dead-letter.ts';

interface Entry {
  readonly identity: string;
  letter: StoredDeadLetter;
  /** Orders marked letters. */
  markedAt?: number | undefined;
  taker?: string | undefined;
}

function latestFirst({ letter: a }: Entry, { letter: b }: Entry): number {
  return b.lastAtMs - a.lastAtMs || (a.id < b.id ? 1 : -1);
}

export class MemoryDeadLetters {
  readonly #byIdentity = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  #marks = 0;

  get size(): number {
    return this.#byId.size;
  }

  add({ atMs, ...letter }: DeadLetter): void {
    const identity = `${letter.service} ${deadLetterIdentity(letter)}`;
    const earlier = this.#byIdentity.get(identity)?.letter;
    const { id, firstAtMs, count } = earlier ?? { id: letter.id, firstAtMs: atMs, count: 0 };
    const stored = {
      ...letter,
      id,
      firstAtMs,
      lastAtMs: atMs,
      count: count + 1,
      replayRequested: false,
    };
    const entry = { identity, letter: stored };
    this.#byIdentity.set(identity, entry);
    this.#byId.set(id, entry);
  }

  list(services: readonly string[], limit: number): StoredDeadLetter[] {
    const found = [...this.#byId.values()].filter(({ letter }) =>
      services.includes(letter.service),
    );
    return found
      .sort(latestFirst)
      .slice(0, limit)
      .map(({ letter }) => letter);
  }

  find(id: string): StoredDeadLetter | undefined {
    return this.#byId.get(id)?.letter;
  }

  mark(selection: DeadLetterSelection): number {
    const entries = this.#selected(selection);
    for (const entry of entries) this.#mark(entry);
    return entries.length;
  }

  #mark(entry: Entry): void {
    if (entry.letter.replayRequested) return;
    this.#marks += 1;
    entry.markedAt = this.#marks;
    entry.letter = { ...entry.letter, replayRequested: true };
  }

  drop(selection: DeadLetterSelection): number {
    const entries = this.#selected(selection);
    for (const entry of entries) this.#remove(entry);
    return entries.length;
  }

  /** `isDead` says of an instance that it holds nothing any more. */
  take(
    instance: string,
    services: readonly string[],
    isDead: (instance: string) => boolean,
    limit: number,
  ): StoredDeadLetter[] {
    const isFree = ({ letter, markedAt, taker }: Entry) =>
      markedAt !== undefined &&
      services.includes(letter.service) &&
      (taker === undefined || (taker !== instance && isDead(taker)));
    const free = [...this.#byId.values()]
      .filter(isFree)
      .sort((a, b) => (a.markedAt ?? 0) - (b.markedAt ?? 0));
    return free.slice(0, limit).map((entry) => {
      entry.taker = instance;
      return entry.letter;
    });
  }

  end(letters: readonly Pick<StoredDeadLetter, 'id' | 'count'>[]): void {
    for (const { id, count } of letters) {
      const entry = this.#byId.get(id);
      if (entry?.letter.count === count) this.#remove(entry);
    }
  }

  #selected(selection: DeadLetterSelection): Entry[] {
    if ('ids' in selection) return selection.ids.flatMap((id) => this.#byId.get(id) ?? []);
    return [...this.#byId.values()].filter(({ letter }) => letter.service === selection.service);
  }

  #remove({ identity, letter }: Entry): void {
    this.#byIdentity.delete(identity);
    this.#byId.delete(letter.id);
  }
}
