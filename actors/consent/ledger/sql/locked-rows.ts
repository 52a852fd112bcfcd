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
  readonly #rows = new Map<string, Promise<Row | undefined>>();

  constructor(idOf: (row: Row) => string) {
    this.#idOf = idOf;
  }

  /** The rows under lock. `lock` locks the rows that are not locked yet. */
  async lock(
    ids: readonly string[],
    lock: (ids: readonly string[]) => Promise<readonly Row[]>,
  ): Promise<Row[]> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.#rows.has(id));
    if (missing.length > 0) void this.take(missing, lock(missing)).catch(() => undefined);
    return (await Promise.all(wanted.map((id) => this.#rows.get(id)))).flatMap((row) => row ?? []);
  }

  /** Notes the rows that are being locked. */
  async take<Locked extends Row>(
    ids: readonly string[],
    locking: Promise<readonly Locked[]>,
  ): Promise<Locked[]> {
    const byId = locking.then((rows) => new Map(rows.map((row) => [this.#idOf(row), row])));
    for (const id of ids) {
      const row = byId.then((found) => {
        if (!found.has(id) && this.#rows.get(id) === row) this.#rows.delete(id);
        return found.get(id);
      });
      row.catch(() => undefined);
      this.#rows.set(id, row);
    }
    return [...(await locking)];
  }

  /** The rows, if all of them are locked. */
  async all(ids: readonly string[]): Promise<Row[] | undefined> {
    const held = ids.map((id) => this.#rows.get(id));
    if (held.length === 0 || held.includes(undefined)) return undefined;
    const rows = (await Promise.all(held)).flatMap((row) => row ?? []);
    return rows.length === ids.length ? rows : undefined;
  }

  forget(): void {
    this.#rows.clear();
  }
}
