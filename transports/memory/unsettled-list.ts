/**
 * The unsettled deliveries of a channel, in delivery order: a list linked through the entries
 * themselves, so that adding and settling costs no allocation and no look-up, however many
 * deliveries are outstanding.
 */
import type { QueueEntry } from './queue-entry.ts';

export class UnsettledList {
  #first: QueueEntry | undefined;
  #last: QueueEntry | undefined;

  push(entry: QueueEntry): void {
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
  }

  remove(entry: QueueEntry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Cut loose, or an old entry would keep all younger ones from being collected.
    entry.previous = undefined;
    entry.next = undefined;
  }

  find(tag: number): QueueEntry | undefined {
    let entry = this.#first;
    while (entry !== undefined && entry.deliveryTag < tag) entry = entry.next;
    return entry?.deliveryTag === tag ? entry : undefined;
  }

  /** Entries up to and with `tag`, oldest first. */
  through(tag: number): QueueEntry[] {
    const entries: QueueEntry[] = [];
    for (
      let entry = this.#first;
      entry !== undefined && entry.deliveryTag <= tag;
      entry = entry.next
    )
      entries.push(entry);
    return entries;
  }
}
