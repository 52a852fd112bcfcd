/** Messages in memory that wait to be published. */
import { identityOf } from '../ports/identity.ts';
import type { HeldOutbox } from '../ports/journal-processes.ts';
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

  /** By service and instance. */
  held(services: readonly string[]): HeldOutbox[] {
    const held = new Map<string, HeldOutbox>();
    for (const { row, instance } of [...this.#rows.values()].sort((a, b) => byId(a.row, b.row))) {
      const { service } = row.address;
      if (!services.includes(service)) continue;
      const id = identityOf(service, instance);
      const { messages, oldestId } = held.get(id) ?? { messages: 0, oldestId: row.id };
      held.set(id, { service, instance, messages: messages + 1, oldestId });
    }
    return [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
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
