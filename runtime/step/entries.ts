/**
 * What a machine holds under ids: timers, activities, children. A persistent map: a change makes a
 * new version and leaves the old one as it was.
 *
 * - Cheap: a change of the newest version and a look into it cost the same for any number of
 *   entries. All versions share one table, which stands at the version that was used last. Another
 *   version holds only how it differs from its neighbour, and a use of that version moves the table.
 * - Order: entries keep the order in which they were added, in every version.
 */

/** A place in the order, so that an entry which comes back stands where it stood. */
type Cell<Value> = { readonly value: Value; readonly order: number };

type Difference<Value> = {
  readonly id: string;
  /** Undefined: the version has no entry with the id. */
  readonly cell: Cell<Value> | undefined;
  readonly from: Entries<Value>;
};

/** Other names of an entry, by which it is found. */
type LabelsOf<Value> = (value: Value) => readonly string[];

class Table<Value> {
  readonly labelsOf: LabelsOf<Value>;
  #cells = new Map<string, Cell<Value>>();
  #labelled: Map<string, Set<string>> | undefined;
  #sorted = true;
  #lastOrder = 0;

  constructor(labelsOf: LabelsOf<Value>) {
    this.labelsOf = labelsOf;
  }

  get size(): number {
    return this.#cells.size;
  }

  get(id: string): Cell<Value> | undefined {
    return this.#cells.get(id);
  }

  nextCell(id: string, value: Value): Cell<Value> {
    return { value, order: this.#cells.get(id)?.order ?? this.#lastOrder + 1 };
  }

  /** The cell that stood there before. */
  put(id: string, cell: Cell<Value> | undefined): Cell<Value> | undefined {
    const before = this.#cells.get(id);
    if (before !== undefined) this.#label(before, (ids) => ids.delete(id));
    if (cell === undefined) this.#cells.delete(id);
    else {
      if (before === undefined && cell.order < this.#lastOrder) this.#sorted = false;
      this.#lastOrder = Math.max(this.#lastOrder, cell.order);
      this.#cells.set(id, cell);
      this.#label(cell, (ids) => ids.add(id));
    }
    return before;
  }

  #label({ value }: Cell<Value>, change: (ids: Set<string>) => void): void {
    if (this.#labelled === undefined) return;
    for (const label of this.labelsOf(value)) {
      const ids = this.#labelled.get(label) ?? new Set<string>();
      change(ids);
      if (ids.size === 0) this.#labelled.delete(label);
      else this.#labelled.set(label, ids);
    }
  }

  idsOf(label: string): readonly string[] {
    if (this.#labelled === undefined) {
      this.#labelled = new Map();
      for (const [id, cell] of this.#cells) this.#label(cell, (ids) => ids.add(id));
    }
    return [...(this.#labelled.get(label) ?? [])];
  }

  entries(): readonly (readonly [string, Value])[] {
    if (!this.#sorted)
      this.#cells = new Map([...this.#cells].sort(([, a], [, b]) => a.order - b.order));
    this.#sorted = true;
    return [...this.#cells].map(([id, { value }]) => [id, value]);
  }
}

export class Entries<Value> {
  #table: Table<Value> | undefined;
  #difference: Difference<Value> | undefined;

  private constructor(table: Table<Value>) {
    this.#table = table;
  }

  /** `labelsOf`: other names under which `idsOf` finds an entry; default none. */
  static of<Value>(
    record: Readonly<Record<string, Value>>,
    labelsOf: LabelsOf<Value> = () => [],
  ): Entries<Value> {
    const table = new Table(labelsOf);
    for (const [id, value] of Object.entries(record)) table.put(id, table.nextCell(id, value));
    return new Entries(table);
  }

  get size(): number {
    return this.#rooted().size;
  }

  get(id: string): Value | undefined {
    return this.#rooted().get(id)?.value;
  }

  has(id: string): boolean {
    return this.#rooted().get(id) !== undefined;
  }

  idsOf(label: string): readonly string[] {
    return this.#rooted().idsOf(label);
  }

  /** A list of its own: it stays as it is while versions change. */
  entries(): readonly (readonly [string, Value])[] {
    return this.#rooted().entries();
  }

  ids(): readonly string[] {
    return this.entries().map(([id]) => id);
  }

  values(): readonly Value[] {
    return this.entries().map(([, value]) => value);
  }

  record(): Readonly<Record<string, Value>> {
    return Object.fromEntries(this.entries());
  }

  /** The first entry gets a table of its own, so that machines with no entries may share a version. */
  with(id: string, value: Value): Entries<Value> {
    const table = this.#rooted();
    return table.size === 0
      ? Entries.of({ [id]: value }, table.labelsOf)
      : this.#changed(id, table.nextCell(id, value));
  }

  without(id: string): Entries<Value> {
    return this.has(id) ? this.#changed(id, undefined) : this;
  }

  #changed(id: string, cell: Cell<Value> | undefined): Entries<Value> {
    const table = this.#rooted();
    const from = new Entries(table);
    this.#difference = { id, cell: table.put(id, cell), from };
    this.#table = undefined;
    return from;
  }

  /** The table, moved to this version. */
  #rooted(): Table<Value> {
    if (this.#table !== undefined) return this.#table;
    const versions: Entries<Value>[] = [];
    let newest: Entries<Value> = this;
    while (newest.#difference !== undefined) {
      versions.push(newest);
      newest = newest.#difference.from;
    }
    for (const version of versions.reverse()) version.#takeTable();
    return this.#rooted();
  }

  /** From the neighbour, which holds the table. */
  #takeTable(): void {
    const { id, cell, from } = this.#difference as Difference<Value>;
    const table = from.#table as Table<Value>;
    from.#difference = { id, cell: table.put(id, cell), from: this };
    from.#table = undefined;
    this.#table = table;
    this.#difference = undefined;
  }
}
