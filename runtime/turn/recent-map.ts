/**
 * A map that keeps the newest entries.
 *
 * Invariants:
 * - Bounded: the map has at most `max` entries, and always the newest `max / 2`. Renewed entries are
 *   not counted.
 * - Constant cost: old entries are forgotten by the half. To delete the first key of a `Map` again
 *   and again is slow, because V8 passes over the places of deleted keys each time.
 */
export class RecentMap<Value> {
  readonly #halfMax: number;
  #newer = new Map<string, Value>();
  /** Entries of the newer half that were only renewed. */
  #renewed = 0;
  #older: ReadonlyMap<string, Value> = new Map();

  constructor(max: number) {
    this.#halfMax = Math.ceil(max / 2);
  }

  get(key: string): Value | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  has(key: string): boolean {
    return this.#newer.has(key) || this.#older.has(key);
  }

  /** The key becomes the newest. */
  set(key: string, value: Value): void {
    this.#newer.set(key, value);
    if (this.#newer.size - this.#renewed < this.#halfMax) return;
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#renewed = 0;
  }

  /** An entry that is there becomes the newest, and takes no room of another. */
  renew(key: string): void {
    const value = this.#older.get(key);
    if (value === undefined || this.#newer.has(key)) return;
    this.#newer.set(key, value);
    this.#renewed += 1;
  }
}
