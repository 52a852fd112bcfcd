/** The ids of a table's rows in memory by the value of one member. */
import type { StoredRow } from './operations.ts';

export class MemberIndex {
  readonly #member: string;
  readonly #ids = new Map<unknown, Set<string>>();

  constructor(member: string) {
    this.#member = member;
  }

  change(before: StoredRow | undefined, after: StoredRow | undefined): void {
    if (before !== undefined) this.#drop(before);
    if (after !== undefined) this.#put(after);
  }

  /** Ids of the rows whose member is one of the values. */
  idsOf(values: readonly (string | null)[]): ReadonlySet<string> {
    return new Set(values.flatMap((value) => [...(this.#ids.get(value) ?? [])]));
  }

  #put(row: StoredRow): void {
    const value = this.#valueOf(row);
    const ids = this.#ids.get(value);
    if (ids === undefined) this.#ids.set(value, new Set([row.id]));
    else ids.add(row.id);
  }

  #drop(row: StoredRow): void {
    const value = this.#valueOf(row);
    const ids = this.#ids.get(value);
    ids?.delete(row.id);
    if (ids?.size === 0) this.#ids.delete(value);
  }

  #valueOf({ data }: StoredRow): unknown {
    return data[this.#member] ?? null;
  }
}
