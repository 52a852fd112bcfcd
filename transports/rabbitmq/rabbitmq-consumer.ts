/**
 * A subscription of a `RabbitmqTransport`, over all channels of its life.
 *
 * - Same channel: a delivery is settled on the channel through which the delivery came. If this
 *   channel is gone, the delivery is not settled, and the broker delivers the message again.
 * - Thrown: a handler that throws answers `retry`.
 * - Last answer: the channel is closed when the subscription is cancelled and the last running
 *   handler has answered.
 */
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Delivery } from '../../runtime/ports/envelope.ts';
import type { Acknowledgement, Consumer } from '../../runtime/ports/transport.ts';
import { declarationError } from '../broker-refusal.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { asRefusal, lostError } from './driver-error.ts';
import { receivedProperties } from './property-codec.ts';
import type { Session } from './session.ts';

/** A channel of this consumer, and whether the channel can still be written to. */
interface Attachment {
  readonly session: Session;
  readonly channel: Channel;
  readonly acknowledgements: Acknowledgements;
  consumerTag: string;
  usable: boolean;
  /** Of the channel. */
  closing?: Promise<void>;
}

export interface ConsumerEvents {
  /** The channel closed, or the broker ended the subscription, without our doing. */
  onLost(session: Session, reason: string): void;
  /** Cancelled, and no handler is under way any more. */
  onFinished(): void;
}

/** The prefetch count is a 16 bit number on the wire. */
const prefetchMax = 0xffff;

function closeQuietly(attachment: Attachment): Promise<void> {
  attachment.closing ??= closedQuietly(attachment);
  return attachment.closing;
}

async function closedQuietly(attachment: Attachment): Promise<void> {
  if (!attachment.usable) return;
  attachment.acknowledgements.flush();
  attachment.usable = false;
  // The channel may be closing already, with the same result.
  await attachment.channel.close().catch(() => undefined);
}

export class RabbitmqConsumer implements Consumer {
  readonly #queue: string;
  readonly #prefetch: number;
  readonly #handler: (delivery: Delivery) => Promise<Acknowledgement>;
  readonly #events: ConsumerEvents;
  readonly #idleWaiters: (() => void)[] = [];
  #attachment: Attachment | undefined;
  #underWay = 0;
  #cancelling: Promise<void> | undefined;
  #ended = false;

  constructor(
    queue: string,
    prefetch: number,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
    events: ConsumerEvents,
  ) {
    this.#queue = queue;
    this.#prefetch = Math.min(prefetch, prefetchMax);
    this.#handler = handler;
    this.#events = events;
  }

  get isCancelled(): boolean {
    return this.#cancelling !== undefined;
  }

  /**
   * Subscribes through a new channel; a consumer that is cancelled meanwhile leaves the channel again.
   * Throws `Broken` or `Transient`.
   */
  async attach(session: Session): Promise<void> {
    if (this.isCancelled) return;
    try {
      const channel = await session.openChannel();
      const attachment: Attachment = {
        session,
        channel,
        acknowledgements: new Acknowledgements(channel),
        consumerTag: '',
        usable: true,
      };
      channel.on('close', () => {
        attachment.usable = false;
        this.#detach(attachment, 'channel closed');
      });
      await channel.prefetch(this.#prefetch);
      const { consumerTag } = await channel.consume(this.#queue, (message) =>
        this.#receive(attachment, message),
      );
      attachment.consumerTag = consumerTag;
      this.#attachment = attachment;
      if (this.isCancelled) await this.#leave(attachment);
    } catch (error) {
      const refusal = asRefusal(error);
      throw refusal === undefined
        ? lostError(error)
        : declarationError(`consumer of queue '${this.#queue}'`, refusal);
    }
  }

  cancel(): Promise<void> {
    this.#cancelling ??= this.#end();
    return this.#cancelling;
  }

  /** Resolves when no handler is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  /** Ends the channel of a cancelled subscription, after the acknowledgements written to it. */
  async closeChannel(): Promise<void> {
    if (this.#attachment !== undefined) await closeQuietly(this.#attachment);
  }

  async #end(): Promise<void> {
    if (this.#attachment !== undefined) await this.#unsubscribe(this.#attachment);
    this.#ended = true;
    if (this.#underWay === 0) await this.#finish();
  }

  /** For a channel that was opened while the consumer was cancelled. */
  async #leave(attachment: Attachment): Promise<void> {
    await this.#unsubscribe(attachment);
    if (this.#ended && this.#underWay === 0) await this.#finish();
  }

  async #unsubscribe({ usable, channel, consumerTag }: Attachment): Promise<void> {
    // A channel that closes meanwhile has ended the subscription as well.
    if (usable) await channel.cancel(consumerTag).catch(() => undefined);
  }

  #receive(attachment: Attachment, message: ConsumeMessage | null): void {
    if (message === null) this.#detach(attachment, 'cancelled by the broker');
    else this.#handle(attachment, message);
  }

  #handle(attachment: Attachment, message: ConsumeMessage): void {
    this.#underWay += 1;
    this.#answer(message).then(
      (acknowledgement) => this.#settle(attachment, message, acknowledgement),
      () => this.#settle(attachment, message, 'retry'),
    );
  }

  /** A handler that throws instead of rejecting has answered all the same. */
  #answer(message: ConsumeMessage): Promise<Acknowledgement> {
    try {
      return this.#handler(this.#deliveryOf(message));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #deliveryOf({ fields, properties, content }: ConsumeMessage): Delivery {
    const { exchange, routingKey, redelivered } = fields;
    const received = receivedProperties(properties);
    const count = received.headers?.['x-delivery-count'];
    const delivery = {
      queue: this.#queue,
      exchange,
      routingKey,
      redelivered,
      properties: received,
      body: content,
    };
    return typeof count === 'number' ? { ...delivery, deliveryCount: count } : delivery;
  }

  #settle(
    { acknowledgements, usable }: Attachment,
    { fields }: ConsumeMessage,
    acknowledgement: Acknowledgement,
  ): void {
    if (usable) acknowledgements.settle(fields.deliveryTag, acknowledgement);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#becomeIdle();
  }

  #becomeIdle(): void {
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
    if (this.#ended) void this.#finish();
  }

  async #finish(): Promise<void> {
    await this.closeChannel();
    this.#events.onFinished();
  }

  #detach(attachment: Attachment, reason: string): void {
    void closeQuietly(attachment);
    if (this.#attachment !== attachment) return;
    this.#attachment = undefined;
    if (!this.isCancelled) this.#events.onLost(attachment.session, reason);
  }
}
