/**
 * A subscription of a channel to a queue, in the broker: its credit, and the way of a delivery to
 * the client.
 *
 * Boundary: the queue and the channel implement the ports in this file.
 */
import type { EntryConsumer, QueueEntry, SettlingQueue } from './queue-entry.ts';

export interface ConsumerCallbacks {
  onDelivery(entry: QueueEntry, redelivered: boolean): void;
  /** The broker ended the subscription (its queue was deleted). */
  onCancelled(): void;
}

export interface ConsumerChannel {
  /** Whether entries wait to be delivered. */
  readonly hasOutgoing: boolean;
  /** Queues the entry for its delivery. */
  send(entry: QueueEntry): void;
  /** The broker ended the subscription. */
  forget(consumer: BrokerConsumer): void;
}

export interface ConsumedQueue extends SettlingQueue {
  readonly options: { readonly type: 'classic' | 'quorum' };
  subscribe(consumer: BrokerConsumer): void;
  /** Ends a subscription. Its unsettled deliveries stay with the channel. Call `detached` next. */
  detach(consumer: BrokerConsumer): void;
  detached(): void;
  /** The consumer has one delivery less to settle. */
  credit(consumer: BrokerConsumer): void;
}

/** The prefetch that RabbitMQ's quorum queues use for "no limit". */
const quorumUnlimited = 2000;

export class BrokerConsumer implements EntryConsumer {
  readonly queue: ConsumedQueue;
  /** true: the consumer had no credit at its turn, and left the rotation. */
  waitsForCredit = false;
  cancelled = false;
  readonly #channel: ConsumerChannel;
  readonly #callbacks: ConsumerCallbacks;
  readonly #limit: number;
  /** Deliveries that are not settled. */
  #outstanding = 0;

  constructor(
    channel: ConsumerChannel,
    queue: ConsumedQueue,
    prefetch: number,
    callbacks: ConsumerCallbacks,
  ) {
    this.#channel = channel;
    this.queue = queue;
    this.#callbacks = callbacks;
    const unlimited = queue.options.type === 'quorum' ? quorumUnlimited : Number.POSITIVE_INFINITY;
    this.#limit = prefetch === 0 ? unlimited : prefetch;
  }

  get hasCredit(): boolean {
    return this.#outstanding < this.#limit;
  }

  /** Whether the next message uses up the credit. */
  get hasLastCredit(): boolean {
    return this.#outstanding + 1 >= this.#limit;
  }

  /** Whether deliveries of its channel have not reached the client. */
  get hasUndelivered(): boolean {
    return this.#channel.hasOutgoing;
  }

  /** Takes a message for delivery; the channel delivers it later. */
  assign(entry: QueueEntry): void {
    this.#outstanding += 1;
    entry.consumer = this;
    this.#channel.send(entry);
  }

  deliver(entry: QueueEntry): void {
    this.#callbacks.onDelivery(entry, entry.returns > 0);
  }

  settled(): void {
    this.#outstanding -= 1;
    this.queue.credit(this);
  }

  /** The broker ends the subscription. */
  end(): void {
    this.cancelled = true;
    this.#channel.forget(this);
    this.#callbacks.onCancelled();
  }
}
