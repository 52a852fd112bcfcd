/**
 * The messages of a queue that wait for a consumer, in the order of the queue's type.
 *
 * 1. Classic: by position; a returned message takes its old place.
 * 2. Quorum: a returned message waits in a line of its own, served before all others. Without a
 *    delivery limit, a message that a consumer gave back goes to the tail instead; RabbitMQ does so
 *    to let its log be truncated.
 */

import { Ring } from '../ring.ts';
import type { QueueEntry, RequeueReason } from './queue-entry.ts';

export interface ReadyMessages {
  readonly length: number;
  push(entry: QueueEntry): void;
  peek(): QueueEntry | undefined;
  shift(): QueueEntry | undefined;
  restore(entry: QueueEntry, reason: RequeueReason): void;
  retain(keep: (entry: QueueEntry) => boolean): void;
}

class ClassicOrder extends Ring<QueueEntry> implements ReadyMessages {
  restore(entry: QueueEntry): void {
    this.insert(this.#placeOf(entry.position), entry);
  }

  /** The index of the first entry behind `position`. */
  #placeOf(position: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.at(middle)?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class QuorumOrder implements ReadyMessages {
  readonly #returned = new Ring<QueueEntry>();
  readonly #undelivered = new Ring<QueueEntry>();
  readonly #limited: boolean;

  constructor(limited: boolean) {
    this.#limited = limited;
  }

  get length(): number {
    return this.#returned.length + this.#undelivered.length;
  }

  push(entry: QueueEntry): void {
    this.#undelivered.push(entry);
  }

  peek(): QueueEntry | undefined {
    return this.#returned.peek() ?? this.#undelivered.peek();
  }

  shift(): QueueEntry | undefined {
    return this.#returned.shift() ?? this.#undelivered.shift();
  }

  restore(entry: QueueEntry, reason: RequeueReason): void {
    if (reason === 'lost' || this.#limited) this.#returned.push(entry);
    else this.#undelivered.push(entry);
  }

  retain(keep: (entry: QueueEntry) => boolean): void {
    this.#returned.retain(keep);
    this.#undelivered.retain(keep);
  }
}

export function readyMessages(type: 'classic' | 'quorum', limited: boolean): ReadyMessages {
  return type === 'classic' ? new ClassicOrder() : new QuorumOrder(limited);
}
