/** Messages in memory that wait to be published. */
import type { OutboxRow } from '../ports/journal-rows.ts';
import type { Held } from './actor-rows.ts';
import { adopted, type MemoryInstances } from './memory-instances.ts';

export class MemoryOutbox {
  readonly #rows = new Map<string, Held<OutboxRow>>();
  readonly #instances: MemoryInstances;

  constructor(instances: MemoryInstances) {
    this.#instances = instances;
  }

  get size(): number {
    return this.#rows.size;
  }

  add(instance: string, row: OutboxRow): void {
    this.#rows.set(row.id, { row, instance });
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#rows.delete(id);
  }

  /** Rows of these services, by id. */
  of(services: readonly string[]): OutboxRow[] {
    const rows = [...this.#rows.values()].map(({ row }) => row);
    return rows.filter(({ address }) => services.includes(address.service)).sort(byId);
  }

  adopt(
    instance: string,
    services: readonly string[],
    deadBeforeMs: number,
    limit: number,
  ): OutboxRow[] {
    const orphans = this.#instances
      .orphans(this.#rows.values(), instance, services, deadBeforeMs)
      .sort((a, b) => byId(a.row, b.row));
    return adopted(instance, orphans.slice(0, limit));
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
