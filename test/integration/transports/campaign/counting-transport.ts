/** A transport that counts, by message id, what was given to it, what it confirmed and what it delivered. */
import type { Delivery, OutgoingMessage } from '../../../../runtime/ports/envelope.ts';
import type {
  Acknowledgement,
  Addressing,
  BrokerObjects,
  ConsumeOptions,
  Consumer,
  PublishOutcome,
  Transport,
} from '../../../../runtime/ports/transport.ts';

/** Shared by all transports of a campaign. */
export class MessageCounts {
  attempted = 0;
  readonly published = new Set<string>();
  readonly confirmations = new Map<string, number>();
  readonly deliveries = new Map<string, number>();

  get confirmed(): number {
    return sum(this.confirmations);
  }

  get delivered(): number {
    return sum(this.deliveries);
  }

  /** Confirmed and never delivered. */
  get lost(): number {
    return [...this.confirmations.keys()].filter((id) => !this.deliveries.has(id)).length;
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function raise(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

export class CountingTransport implements Transport {
  readonly #inner: Transport;
  readonly #counts: MessageCounts;

  constructor(inner: Transport, counts: MessageCounts) {
    this.#inner = inner;
    this.#counts = counts;
  }

  get addressing(): Addressing {
    return this.#inner.addressing;
  }

  open(objects: BrokerObjects): Promise<void> {
    return this.#inner.open(objects);
  }

  async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const { messageId = '' } = message.properties;
    this.#counts.attempted += 1;
    this.#counts.published.add(messageId);
    const outcome = await this.#inner.publish(message);
    if (outcome.kind === 'confirmed') raise(this.#counts.confirmations, messageId);
    return outcome;
  }

  consume(
    queue: string,
    options: ConsumeOptions,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
  ): Promise<Consumer> {
    return this.#inner.consume(queue, options, (delivery) => {
      raise(this.#counts.deliveries, delivery.properties.messageId ?? '');
      return handler(delivery);
    });
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
