/** Dead letters in memory: one for each message, however often it was buried. */
import {
  type BuriedLetter,
  type DeadLetter,
  type LetterSelection,
  letterIdentity,
} from '../ports/dead-letter.ts';

interface Grave {
  readonly identity: string;
  letter: BuriedLetter;
  /** Orders marked letters. */
  markedAt?: number | undefined;
  taker?: string | undefined;
}

function latestFirst({ letter: a }: Grave, { letter: b }: Grave): number {
  return b.lastAtMs - a.lastAtMs || (a.id < b.id ? 1 : -1);
}

export class MemoryDeadLetters {
  readonly #byIdentity = new Map<string, Grave>();
  readonly #byId = new Map<string, Grave>();
  #marks = 0;

  get size(): number {
    return this.#byId.size;
  }

  bury({ atMs, ...letter }: DeadLetter): void {
    const identity = `${letter.service} ${letterIdentity(letter)}`;
    const earlier = this.#byIdentity.get(identity)?.letter;
    const { id, firstAtMs, count } = earlier ?? { id: letter.id, firstAtMs: atMs, count: 0 };
    const buried = {
      ...letter,
      id,
      firstAtMs,
      lastAtMs: atMs,
      count: count + 1,
      replayRequested: false,
    };
    const grave = { identity, letter: buried };
    this.#byIdentity.set(identity, grave);
    this.#byId.set(id, grave);
  }

  list(services: readonly string[], limit: number): BuriedLetter[] {
    const found = [...this.#byId.values()].filter(({ letter }) =>
      services.includes(letter.service),
    );
    return found
      .sort(latestFirst)
      .slice(0, limit)
      .map(({ letter }) => letter);
  }

  find(id: string): BuriedLetter | undefined {
    return this.#byId.get(id)?.letter;
  }

  mark(selection: LetterSelection): number {
    const graves = this.#selected(selection);
    for (const grave of graves) this.#mark(grave);
    return graves.length;
  }

  #mark(grave: Grave): void {
    if (grave.letter.replayRequested) return;
    this.#marks += 1;
    grave.markedAt = this.#marks;
    grave.letter = { ...grave.letter, replayRequested: true };
  }

  drop(selection: LetterSelection): number {
    const graves = this.#selected(selection);
    for (const grave of graves) this.#remove(grave);
    return graves.length;
  }

  /** `isDead` says of an instance that it holds nothing any more. */
  take(
    instance: string,
    services: readonly string[],
    isDead: (instance: string) => boolean,
    limit: number,
  ): BuriedLetter[] {
    const isFree = ({ letter, markedAt, taker }: Grave) =>
      markedAt !== undefined &&
      services.includes(letter.service) &&
      (taker === undefined || (taker !== instance && isDead(taker)));
    const free = [...this.#byId.values()]
      .filter(isFree)
      .sort((a, b) => (a.markedAt ?? 0) - (b.markedAt ?? 0));
    return free.slice(0, limit).map((grave) => {
      grave.taker = instance;
      return grave.letter;
    });
  }

  end(letters: readonly Pick<BuriedLetter, 'id' | 'count'>[]): void {
    for (const { id, count } of letters) {
      const grave = this.#byId.get(id);
      if (grave?.letter.count === count) this.#remove(grave);
    }
  }

  #selected(selection: LetterSelection): Grave[] {
    if ('ids' in selection) return selection.ids.flatMap((id) => this.#byId.get(id) ?? []);
    return [...this.#byId.values()].filter(({ letter }) => letter.service === selection.service);
  }

  #remove({ identity, letter }: Grave): void {
    this.#byIdentity.delete(identity);
    this.#byId.delete(letter.id);
  }
}
