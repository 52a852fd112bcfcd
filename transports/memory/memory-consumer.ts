/**
 * A subscription of a `MemoryTransport`: gives deliveries to the handler, and settles each delivery
 * with the handler's answer.
 *
 * - Own channel: a delivery is settled on the channel of its arrival, or not at all.
 * - Last answer: the channel closes when the subscription is cancelled and the last running handler has
 *   answered.
 */
import type { Delivery } from '../../runtime/ports/envelope.ts';
import type { Acknowledgement, Consumer } from '../../runtime/ports/transport.ts';
import { BrokerRefusal, declarationError } from '../broker-refusal.ts';
import type { BrokerChannel } from './broker-channel.ts';
import type { BrokerConnection } from './broker-connection.ts';
import type { BrokerConsumer } from './broker-consumer.ts';
import { deliveryOf } from './delivery-of.ts';
import type { MemoryBroker } from './memory-broker.ts';
import type { QueueEntry } from './queue-entry.ts';

export interface ConsumerEvents {
  /** The broker ended the subscription. */
  onCancelled(): void;
  /** Cancelled, and no handler runs any more. */
  onFinished(): void;
}

/** The subscription through one connection. */
interface Attachment {
  readonly connection: BrokerConnection;
  readonly channel: BrokerChannel;
  readonly subscription: BrokerConsumer;
}

export class MemoryConsumer implements Consumer {
  readonly #queue: string;
  readonly #prefetch: number;
  readonly #handler: (delivery: Delivery) => Promise<Acknowledgement>;
  readonly #events: ConsumerEvents;
  #attachment: Attachment | undefined;
  #underWay = 0;
  #cancelled = false;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(
    queue: string,
    prefetch: number,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
    events: ConsumerEvents,
  ) {
    this.#queue = queue;
    this.#prefetch = prefetch;
    this.#handler = handler;
    this.#events = events;
  }

  get isCancelled(): boolean {
    return this.#cancelled;
  }

  /** Subscribes through `connection`. Throws `Broken` or `Transient` when the broker refuses. */
  attach(broker: MemoryBroker, connection: BrokerConnection): void {
    try {
      const queue = broker.topology.queue(this.#queue, connection);
      const channel = connection.openChannel();
      const counts = queue.options.type === 'quorum';
      const subscription = channel.consume(queue, this.#prefetch, {
        onDelivery: (entry, redelivered) =>
          this.#handle(channel, entry, deliveryOf(this.#queue, entry, redelivered, counts)),
        onCancelled: () => this.#events.onCancelled(),
      });
      this.#attachment = { connection, channel, subscription };
    } catch (error) {
      throw error instanceof BrokerRefusal
        ? declarationError(`consumer of queue '${this.#queue}'`, error)
        : error;
    }
  }

  /** The handler first gets the deliveries that the broker has sent already. */
  async cancel(): Promise<void> {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (this.#attachment !== undefined) {
      const { channel, subscription } = this.#attachment;
      channel.cancel(subscription);
      channel.flush(Number.POSITIVE_INFINITY);
    }
    if (this.#underWay === 0) this.#finish();
  }

  /** Resolves when no handler runs. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  #handle(channel: BrokerChannel, entry: QueueEntry, delivery: Delivery): void {
    this.#underWay += 1;
    this.#answer(delivery).then(
      (acknowledgement) => this.#settle(channel, entry, acknowledgement),
      () => this.#settle(channel, entry, 'retry'),
    );
  }

  /** A handler that throws has answered, like a handler that rejects. */
  #answer(delivery: Delivery): Promise<Acknowledgement> {
    try {
      return this.#handler(delivery);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settle(channel: BrokerChannel, entry: QueueEntry, acknowledgement: Acknowledgement): void {
    if (channel.isOpen) {
      if (acknowledgement === 'done') channel.ack(entry);
      else channel.nack(entry, acknowledgement === 'retry');
    }
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#becomeIdle();
  }

  #becomeIdle(): void {
    if (this.#idleWaiters.length > 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    if (this.#cancelled) this.#finish();
  }

  #finish(): void {
    this.#attachment?.connection.closeChannel(this.#attachment.channel);
    this.#attachment = undefined;
    this.#events.onFinished();
  }
}
