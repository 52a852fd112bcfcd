/**
 * The rows of one kind that a commit has locked, so that no row is read again while nobody can have
 * changed the row.
 *
 * Invariants:
 * - Own changes: `forget` is called before the rows are changed. The rows stay locked, and are read
 *   again.
 * - Present rows only: a row that was not there cannot be locked, and may be there now.
 */
export class LockedRows<Row> {
  readonly #idOf: (row: Row) => string;
  /** By id: the rows that were locked together with the row. */
  readonly #batches = new Map<string, Promise<ReadonlyMap<string, Row>>>();
  readonly #missed = new Set<string>();

  constructor(idOf: (row: Row) => string) {
    this.#idOf = idOf;
  }

  /** The rows under lock. `lock` locks the rows that are not locked yet. */
  async lock(
    ids: readonly string[],
    lock: (ids: readonly string[]) => Promise<readonly Row[]>,
  ): Promise<Row[]> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.#batches.has(id));
    if (missing.length > 0) void this.take(missing, lock(missing)).catch(() => undefined);
    return this.#held(wanted);
  }

  /** Notes the rows that are being locked. */
  async take<Locked extends Row>(
    ids: readonly string[],
    locking: Promise<readonly Locked[]>,
  ): Promise<Locked[]> {
    const batch: Promise<ReadonlyMap<string, Row>> = locking.then((rows) => {
      const found = new Map(rows.map((row) => [this.#idOf(row), row]));
      for (const id of ids) if (!found.has(id)) this.#miss(id, batch);
      return found;
    });
    batch.catch(() => undefined);
    for (const id of ids) {
      this.#missed.delete(id);
      this.#batches.set(id, batch);
    }
    return [...(await locking)];
  }

  /** The rows, if all of them are locked. */
  async all(ids: readonly string[]): Promise<Row[] | undefined> {
    if (ids.length === 0 || ids.some((id) => !this.#batches.has(id))) return undefined;
    const rows = await this.#held(ids);
    return rows.length === ids.length ? rows : undefined;
  }

  /** Whether one of the rows was not there when it was to be locked last. */
  hasMissed(ids: readonly string[]): boolean {
    return this.#missed.size > 0 && ids.some((id) => this.#missed.has(id));
  }

  forget(): void {
    this.#batches.clear();
  }

  #miss(id: string, batch: Promise<ReadonlyMap<string, Row>>): void {
    this.#missed.add(id);
    if (this.#batches.get(id) === batch) this.#batches.delete(id);
  }

  /** One promise for each batch, because a list may have thousands of ids. */
  async #held(ids: readonly string[]): Promise<Row[]> {
    const batches = ids.map((id) => this.#batches.get(id));
    const locked = new Map<unknown, ReadonlyMap<string, Row> | undefined>();
    for (const batch of new Set(batches)) locked.set(batch, await batch);
    return ids.flatMap((id, at) => locked.get(batches[at])?.get(id) ?? []);
  }
}
