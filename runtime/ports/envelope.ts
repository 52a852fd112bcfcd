/**
 * The messages on a transport: bytes with properties, and the exchange, queue and routing key of
 * the message.
 *
 * - A transport carries messages and never looks into a body.
 * - Times are milliseconds, bodies are bytes.
 * - The properties are those that every transport can carry. A transport refuses a value that it
 *   cannot carry.
 */

export type HeaderValue =
  | string
  | number
  | boolean
  | null
  | HeaderValue[]
  | { [key: string]: HeaderValue };
export type Headers = Readonly<Record<string, HeaderValue>>;

/** The properties of a message. */
export type MessageProperties = {
  readonly messageId?: string;
  readonly correlationId?: string;
  /** Routing key under which the sender waits for an answer. */
  readonly replyTo?: string;
  /** The action, e.g. `mayDelete`. */
  readonly type?: string;
  /** The sending service. */
  readonly appId?: string;
  /**
   * The broker's user that has published the message. A transport writes the user of its own
   * connection, and the broker refuses any other. Absent: the sender did not say.
   */
  readonly userId?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Headers;
  /**
   * The reason why the headers of a received message could not be read; `headers` is absent then. A
   * service refuses such a message.
   */
  readonly unreadableHeaders?: string;
  /** Whether the message outlives a restart of the broker, in a durable queue. */
  readonly persistent: boolean;
  /** Time to live in the queue. */
  readonly expirationMs?: number;
  /**
   * When the message was sent, milliseconds since the epoch. A transport may carry whole seconds
   * only.
   */
  readonly timestampMs?: number;
  readonly priority?: number;
};

/** A message on its way out. */
export interface OutgoingMessage {
  /** `''`: straight to the queue that the routing key names. */
  readonly exchange: string;
  readonly routingKey: string;
  /** Whether the broker gives the message back when no queue takes it. */
  readonly mandatory: boolean;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}

/** A message as a consumer gets it. */
export interface Delivery {
  readonly queue: string;
  /** The exchange that the message was published to. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  /**
   * Earlier deliveries of the message from this queue; absent when the queue does not count
   * deliveries.
   */
  readonly deliveryCount?: number;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}
