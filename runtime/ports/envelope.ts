/**
 * What travels over a transport: bytes with AMQP 0-9-1 basic properties, and where they came through.
 *
 * 1. A transport moves envelopes and never looks into a body.
 * 2. Times are milliseconds, bodies are bytes.
 */

export type HeaderValue =
  | string
  | number
  | boolean
  | null
  | HeaderValue[]
  | { [key: string]: HeaderValue };
export type Headers = Readonly<Record<string, HeaderValue>>;

/** AMQP basic properties (AMQP 0-9-1 §1.8.3) under the names the code uses. */
export interface MessageProperties {
  readonly messageId?: string;
  readonly correlationId?: string;
  /** Routing key (or `amq.…` pseudo queue) under which the sender waits for an answer. */
  readonly replyTo?: string;
  /** The action, e.g. `mayDelete`. */
  readonly type?: string;
  /** The sending service. */
  readonly appId?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Headers;
  readonly persistent: boolean;
  /** Time to live in the queue. */
  readonly expirationMs?: number;
  /** When it was sent, milliseconds since the epoch (seconds on the AMQP wire). */
  readonly timestampMs?: number;
  readonly priority?: number;
}

/** A message on its way out. */
export interface OutgoingMessage {
  /** `''` is the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
  /** Give it back when no queue takes it. */
  readonly mandatory: boolean;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}

/** A message as a consumer gets it. */
export interface Delivery {
  readonly queue: string;
  /** The exchange it was published to. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  /** Earlier deliveries of a quorum queue (`x-delivery-count`); absent on classic queues. */
  readonly deliveryCount?: number;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}
