/**
 * Look-ups of one moment as one statement. The turns of a batch read at the same time, each its own
 * row, and a statement costs more than a row.
 *
 * - One error: the error of the statement is the error of each look-up. So a key that the database
 *   cannot take must not stand in the statement; `givenText` leaves such keys out.
 */
type Waiting<Key, Found> = {
  readonly key: Key;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
};

export class GatheredReads<Key, Found> {
  readonly #find: (keys: readonly Key[]) => Promise<readonly Found[]>;
  #waiting: Waiting<Key, Found>[] = [];

  /** `find`: resolves to one result for each key, in the order of the keys. */
  constructor(find: (keys: readonly Key[]) => Promise<readonly Found[]>) {
    this.#find = find;
  }

  read(key: Key): Promise<Found> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => void this.#send());
      this.#waiting.push({ key, resolve, reject });
    });
  }

  async #send(): Promise<void> {
    const sent = this.#waiting;
    this.#waiting = [];
    try {
      const found = await this.#find(sent.map(({ key }) => key));
      for (const [index, { resolve }] of sent.entries()) resolve(found[index] as Found);
    } catch (error) {
      for (const { reject } of sent) reject(error);
    }
  }
}
