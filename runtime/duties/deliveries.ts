/**
 * The deliveries under way, by service: the number of deliveries and the age of the oldest.
 *
 * - In order: a later delivery was taken no sooner, so the first entry is the oldest.
 */
import type { TakenMessages } from '../ports/journal-processes.ts';

type Moment = { readonly atMs: number };

export class Deliveries {
  readonly #underWay = new Map<string, Set<Moment>>();

  /** The caller calls the returned function once, when the delivery is over. */
  begin(service: string, atMs: number): () => void {
    const moments = this.#underWay.get(service) ?? new Set();
    this.#underWay.set(service, moments);
    const moment = { atMs };
    moments.add(moment);
    return () => void moments.delete(moment);
  }

  of(service: string): TakenMessages {
    const moments = this.#underWay.get(service) ?? new Set<Moment>();
    const [oldest] = moments;
    return { service, messages: moments.size, oldestAtMs: oldest?.atMs ?? null };
  }
}
