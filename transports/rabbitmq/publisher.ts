/**
 * Publishes with confirms, many messages at a time.
 *
 * - Ordered: the order of `publish` calls is the order on the wire. At most `windowMax` messages
 *   are unconfirmed. Further messages wait here, and all messages wait while the broker has blocked
 *   the connection or the channel is being opened again.
 * - Returned: a returned message is found by message id, exchange and routing key, the oldest
 *   first. RabbitMQ guarantees that the return comes before the confirm, and the confirm settles
 *   the message.
 * - Closed channel: a channel that closes tells nothing about its unconfirmed messages, which
 *   reject with `Transient`. Only messages to the exchange that the broker names in its reason get
 *   this reason, and only if the exchange is not in the topology: the transport declares its own
 *   exchanges again. A user without the right to write gets the reason in any case.
 * - Size: a broker that closes the channel for a large body names its maximum. Every message with a
 *   larger body is refused for good, and later such messages are not sent.
 * - User: every message names the user of the connection, which the broker checks. A broker that
 *   knows the connection under another name says so in a refusal, and that name is written then.
 */
import { type ConfirmChannel, IllegalOperationError, type Message } from 'amqplib';
import type { OutgoingMessage } from '../../runtime/ports/envelope.ts';
import { errorText, Transient, type UnanimousError } from '../../runtime/ports/errors.ts';
import type { PublishOutcome } from '../../runtime/ports/transport.ts';
import {
  type BrokerRefusal,
  bodyBytesMaxIn,
  bodyTooLargeError,
  isWriteRefusal,
  publishError,
} from '../broker-refusal.ts';
import { unencodable, unencodableError } from '../encodable.ts';
import { Ring } from '../ring.ts';
import { asRefusal, lostError } from './driver-error.ts';
import { publishOptions } from './property-codec.ts';

interface Publication {
  readonly message: OutgoingMessage;
  returned: PublishOutcome | undefined;
  resolve(outcome: PublishOutcome): void;
  reject(error: UnanimousError): void;
}

const confirmed: PublishOutcome = { kind: 'confirmed' };

function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function isReturnOf({ properties, fields }: Message, { message }: Publication): boolean {
  return (
    message.mandatory &&
    message.properties.messageId === properties.messageId &&
    message.routingKey === fields.routingKey &&
    message.exchange === fields.exchange
  );
}

function isNack(error: unknown): boolean {
  return error instanceof Error && error.message === 'message nacked';
}

function namesExchange(refusal: BrokerRefusal, exchange: string): boolean {
  return refusal.message.includes(`exchange '${exchange === '' ? 'amq.default' : exchange}' `);
}

/** The broker's name for the user, where the broker refuses another name in a message. */
function userIn(refusal: BrokerRefusal | undefined): string | undefined {
  const words = /user_id property set to '.*' but authenticated user was '(.+)'/s;
  return words.exec(refusal?.message ?? '')?.[1];
}

/** The way out to the broker: a channel, the exchanges of the topology, the user of the connection. */
export interface Outlet {
  readonly channel: ConfirmChannel;
  readonly declared: ReadonlySet<string>;
  readonly user: string;
}

export class Publisher {
  readonly #windowMax: number;
  readonly #waiting = new Ring<Publication>();
  readonly #unconfirmed = new Set<Publication>();
  readonly #idleWaiters: (() => void)[] = [];
  /** The broker's names of users, by the names in the URLs, where the two differ. */
  readonly #brokerNames = new Map<string, string>();
  #channel: ConfirmChannel | undefined;
  #declared: ReadonlySet<string> = new Set();
  #user = '';
  #refusal: BrokerRefusal | undefined;
  /** The maximum of the broker, once the broker has named it. */
  #bodyBytesMax = Number.POSITIVE_INFINITY;
  #accepting = false;
  #blocked = false;

  constructor(windowMax: number) {
    this.#windowMax = windowMax;
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    if (!this.#accepting) return Promise.reject(lostError('not connected'));
    const problem = unencodable(message);
    if (problem !== undefined) return Promise.reject(unencodableError(problem));
    if (this.#isTooLarge(message)) return Promise.reject(this.#tooLarge(message));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, returned: undefined, resolve, reject });
      this.#sendWaiting();
    });
  }

  /**
   * Publishes through the channel from now on, the waiting messages first. `onClosed` is called
   * when the channel closes although this side has not closed it.
   */
  start({ channel, declared, user }: Outlet, onClosed: () => void): void {
    this.#channel = channel;
    this.#declared = declared;
    this.#user = this.#brokerNames.get(user) ?? user;
    this.#refusal = undefined;
    this.#accepting = true;
    channel.on('return', (message: Message) => this.#noteReturn(message));
    channel.on('error', (error) => {
      this.#refusal = asRefusal(error);
      const brokerName = userIn(this.#refusal);
      if (brokerName !== undefined) this.#brokerNames.set(user, brokerName);
      this.#bodyBytesMax = bodyBytesMaxIn(this.#refusal) ?? this.#bodyBytesMax;
    });
    channel.on('close', () => this.#lose(channel, onClosed));
    this.#sendWaiting();
  }

  /** The connection is lost: nothing is taken any more, and what waits is rejected. */
  stop(error: UnanimousError): void {
    this.#accepting = false;
    this.#blocked = false;
    this.#channel = undefined;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      next.reject(error);
    for (const publication of this.#unconfirmed) this.#fail(publication, error);
    this.#noteIdle();
  }

  block(blocked: boolean): void {
    this.#blocked = blocked;
    this.#sendWaiting();
  }

  /** Resolves when nothing waits and nothing is unconfirmed. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  /** Ends the channel after everything that was sent through it. */
  async close(): Promise<void> {
    const channel = this.#channel;
    this.#accepting = false;
    this.#channel = undefined;
    await channel?.close();
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#unconfirmed.size === 0;
  }

  #sendWaiting(): void {
    while (
      this.#channel !== undefined &&
      !this.#blocked &&
      this.#unconfirmed.size < this.#windowMax
    ) {
      const publication = this.#waiting.shift();
      if (publication === undefined) return;
      if (this.#isTooLarge(publication.message))
        publication.reject(this.#tooLarge(publication.message));
      else this.#send(this.#channel, publication);
    }
  }

  #send(channel: ConfirmChannel, publication: Publication): void {
    const { message } = publication;
    this.#unconfirmed.add(publication);
    try {
      channel.publish(
        message.exchange,
        message.routingKey,
        asBuffer(message.body),
        publishOptions(message, this.#user),
        (error) => this.#noteConfirm(publication, error),
      );
    } catch (error) {
      // amqplib throws before it sends anything, for a dead channel or a message that it cannot
      // encode.
      const failure =
        error instanceof IllegalOperationError
          ? lostError(error)
          : unencodableError({ reason: errorText(error) }, error);
      this.#fail(publication, failure);
    }
  }

  #noteReturn(message: Message): void {
    const { replyText } = message.fields as unknown as { replyText: string };
    for (const publication of this.#unconfirmed) {
      if (publication.returned !== undefined || !isReturnOf(message, publication)) continue;
      publication.returned = { kind: 'returned', reason: replyText };
      return;
    }
  }

  #noteConfirm(publication: Publication, error: unknown): void {
    if (!this.#unconfirmed.has(publication)) return;
    if (error === null) this.#succeed(publication);
    else this.#fail(publication, this.#failure(publication.message, error));
    // A channel that is closing confirms nothing more; the waiting messages go to the next channel.
    if (error === null || isNack(error)) this.#sendWaiting();
  }

  #isTooLarge({ body }: OutgoingMessage): boolean {
    return body.byteLength > this.#bodyBytesMax;
  }

  #tooLarge({ body }: OutgoingMessage): UnanimousError {
    return bodyTooLargeError(body.byteLength, this.#bodyBytesMax);
  }

  #failure(message: OutgoingMessage, error: unknown): UnanimousError {
    const { exchange } = message;
    if (this.#isTooLarge(message)) return this.#tooLarge(message);
    if (isNack(error)) {
      return new Transient(
        'not-reachable',
        `a full queue refuses messages to exchange '${exchange}'`,
      );
    }
    const refusal = this.#refusal;
    if (refusal === undefined || !namesExchange(refusal, exchange)) return lostError(error);
    if (this.#declared.has(exchange) && !isWriteRefusal(refusal)) return lostError(refusal);
    return publishError(exchange, refusal);
  }

  #succeed(publication: Publication): void {
    this.#unconfirmed.delete(publication);
    publication.resolve(publication.returned ?? confirmed);
    this.#noteIdle();
  }

  #fail(publication: Publication, error: UnanimousError): void {
    this.#unconfirmed.delete(publication);
    publication.reject(error);
    this.#noteIdle();
  }

  #noteIdle(): void {
    if (this.#idleWaiters.length > 0 && this.#isIdle)
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** The channel has closed; its confirm callbacks have been called with an error. */
  #lose(channel: ConfirmChannel, onClosed: () => void): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    onClosed();
  }
}
