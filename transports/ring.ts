/**
 * A double-ended queue over a ring of slots.
 *
 * - Constant time: `push` and `shift` copy nothing. `Array.shift` would copy a million waiting
 *   messages.
 * - Shorter side: `insert` moves the shorter side, so an insertion near the front is cheap.
 * - Memory: a ring that has grown large gives its memory back when it is empty.
 */
const smallestSlots = 16;
const keptSlots = 4096;

export class Ring<T> {
  #slots: (T | undefined)[] = new Array(smallestSlots).fill(undefined);
  #head = 0;
  #count = 0;

  get length(): number {
    return this.#count;
  }

  push(value: T): void {
    if (this.#count === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#count) & (this.#slots.length - 1)] = value;
    this.#count += 1;
  }

  shift(): T | undefined {
    if (this.#count === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#count -= 1;
    if (this.#count === 0 && this.#slots.length > keptSlots)
      this.#slots = new Array(smallestSlots).fill(undefined);
    if (this.#count === 0) this.#head = 0;
    return value;
  }

  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** The element at `index` from the front; undefined outside. */
  at(index: number): T | undefined {
    return index < this.#count
      ? this.#slots[(this.#head + index) & (this.#slots.length - 1)]
      : undefined;
  }

  /** Inserts `value` before the current element at `index`. */
  insert(index: number, value: T): void {
    if (this.#count === this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    if (index < this.#count / 2) {
      this.#head = (this.#head - 1) & mask;
      for (let i = 0; i < index; i += 1)
        this.#slots[(this.#head + i) & mask] = this.#slots[(this.#head + i + 1) & mask];
    } else {
      for (let i = this.#count; i > index; i -= 1)
        this.#slots[(this.#head + i) & mask] = this.#slots[(this.#head + i - 1) & mask];
    }
    this.#slots[(this.#head + index) & mask] = value;
    this.#count += 1;
  }

  /** Removes the elements for which `keep` gives false; the others stay in order. */
  retain(keep: (value: T) => boolean): void {
    const kept = this.toArray().filter(keep);
    this.clear();
    for (const value of kept) this.push(value);
  }

  toArray(): T[] {
    return Array.from(
      { length: this.#count },
      (_, index) => this.#slots[(this.#head + index) & (this.#slots.length - 1)] as T,
    );
  }

  clear(): void {
    this.#slots = new Array(smallestSlots).fill(undefined);
    this.#head = 0;
    this.#count = 0;
  }

  #grow(): void {
    const values = this.toArray();
    this.#slots = new Array(values.length * 2).fill(undefined);
    for (const [index, value] of values.entries()) this.#slots[index] = value;
    this.#head = 0;
  }
}
