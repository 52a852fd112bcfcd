/** A subscription of one channel to one queue, as the broker keeps it. */
import type { BrokerChannel } from './broker-channel.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { QueueEntry } from './queue-entry.ts';

export interface ConsumerCallbacks {
  onDelivery(entry: QueueEntry, redelivered: boolean): void;
  /** The broker ended the subscription (its queue was deleted). */
  onCancelled(): void;
}

/** What RabbitMQ's quorum queues take for "no limit". */
const quorumUnlimited = 2000;

export class BrokerConsumer {
  readonly channel: BrokerChannel;
  readonly queue: MemoryQueue;
  readonly callbacks: ConsumerCallbacks;
  /** Deliveries not yet settled. */
  outstanding = 0;
  /** Had no credit when its turn came, and left the rotation. */
  parked = false;
  cancelled = false;
  private readonly limit: number;

  constructor(
    channel: BrokerChannel,
    queue: MemoryQueue,
    prefetch: number,
    callbacks: ConsumerCallbacks,
  ) {
    this.channel = channel;
    this.queue = queue;
    this.callbacks = callbacks;
    const unlimited = queue.options.type === 'quorum' ? quorumUnlimited : Number.POSITIVE_INFINITY;
    this.limit = prefetch === 0 ? unlimited : prefetch;
  }

  get hasCredit(): boolean {
    return this.outstanding < this.limit;
  }

  /** The next message uses up the credit. */
  get hasLastCredit(): boolean {
    return this.outstanding + 1 >= this.limit;
  }

  /** Takes a message for delivery; the channel hands it over later. */
  assign(entry: QueueEntry): void {
    this.outstanding += 1;
    entry.consumer = this;
    this.channel.send(entry);
  }

  /** The broker ends the subscription. */
  end(): void {
    this.cancelled = true;
    this.channel.forget(this);
    this.callbacks.onCancelled();
  }
}
