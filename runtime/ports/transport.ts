/**
 * The port through which services exchange messages. Adapters: the folders of `transports/`.
 *
 * - The value that a handler returns is the acknowledgement of its delivery. A handler that throws
 *   means `retry`.
 * - `publish` keeps the order of calls. Its promise resolves when the broker has taken
 *   responsibility for the message (`confirmed`), or has given a mandatory message back
 *   (`returned`). The promise rejects with `Transient` when neither is known; the caller then
 *   publishes the message again under the same message id. The promise rejects with `Broken` when
 *   the message can never be published: the transport cannot carry the message, or the exchange is
 *   neither on the broker nor in the topology. Other messages are not affected.
 * - A delivery is acknowledged on the connection it came through, or not at all.
 * - `open` and `close` are idempotent, and concurrent callers share one promise.
 */
import type { BrokerUser } from '../../config/broker-user.ts';
import type { Topology } from '../../config/topology.ts';
import type { Delivery, OutgoingMessage } from './envelope.ts';

/**
 * `done` removes the delivery, `retry` puts it back into its queue, `reject` makes it a dead letter
 * of the broker.
 */
export type Acknowledgement = 'done' | 'retry' | 'reject';

/**
 * The result of a publish: the broker has taken the message, or has returned the message because no
 * queue takes the message.
 */
export type PublishOutcome =
  | { readonly kind: 'confirmed' }
  /** The message was mandatory. `reason` is the broker's. */
  | { readonly kind: 'returned'; readonly reason: string };

export interface ConsumeOptions {
  /** Unacknowledged deliveries that the broker may have outstanding; 0 means no limit. */
  readonly prefetch: number;
}

/** A subscription to one queue. */
export interface Consumer {
  /**
   * No new deliveries arrive after the promise resolves; deliveries under way may still be
   * acknowledged.
   */
  cancel(): Promise<void>;
}

/** A queue that one process has for itself. The queue outlives a lost connection of the process. */
export type ProcessQueue = {
  readonly name: string;
  /** The queue for messages that nobody has taken from this queue. */
  readonly successor: string;
  /** A message that has waited this long goes to the successor, milliseconds. */
  readonly untakenMaxMs: number;
  /** The broker removes the queue after this long without a consumer, milliseconds. */
  readonly unusedMaxMs: number;
};

/** Everything that a broker must have before the first message. */
export interface BrokerObjects extends Topology {
  /** Default: none. Their bindings stand in `bindings`. */
  readonly processQueues?: readonly ProcessQueue[];
}

/**
 * Makes a connection to a broker: a connection for each user of a runtime, and the connections of
 * each client. Without `user` the connection is that of the user in the address of the broker.
 */
export type Transports = (user?: BrokerUser) => Transport;

/** Why a message can never be published. */
export interface Unpublishable {
  /** A JSON pointer to the value, from the message. */
  readonly at: string;
  readonly reason: string;
}

/** A message without its body, as far as a transport limits the message. */
export type Envelope = Omit<OutgoingMessage, 'body'>;

/** Finds what keeps a message from ever being published. `undefined` when nothing is found. */
export type PublishRule = (message: Envelope) => Unpublishable | undefined;

/**
 * How a transport addresses queues and limits messages: pure rules, the same for all connections of
 * the transport.
 */
export interface Addressing {
  /** Finds what the transport cannot carry. `publish` refuses the same messages. */
  readonly unpublishable: PublishRule;
  /**
   * The exchange to which an answer goes, with `replyTo` as its routing key, when the question came
   * through `exchange`. `''` means: straight to the queue that `replyTo` names.
   */
  answerExchange(exchange: string, replyTo: string): string;
}

/** The queues that a message would reach now. */
export interface Route {
  /** The message as each of the queues would deliver it; empty when no queue takes the message. */
  readonly deliveries: readonly Delivery[];
  /**
   * Whether the message would be handed to a consumer at once: every queue has a consumer, holds no
   * other message, and has none on the way to a consumer.
   */
  readonly isFree: boolean;
  /** Tells the transport that the deliveries were made without it. */
  delivered(): void;
}

/** A connection that carries messages between services. */
export interface Transport {
  readonly addressing: Addressing;
  /**
   * Connects and declares (or, where `declare` is false, checks) every exchange, queue and binding.
   */
  open(objects: BrokerObjects): Promise<void>;
  publish(message: OutgoingMessage): Promise<PublishOutcome>;
  consume(
    queue: string,
    options: ConsumeOptions,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
  ): Promise<Consumer>;
  /**
   * Finds the queues that a publish would put the message into, and changes nothing. Undefined when
   * they are not known now. A transport whose broker is another process has no `route`.
   */
  route?(message: OutgoingMessage): Route | undefined;
  /**
   * Cancels consumers, waits for handlers under way and for unconfirmed publishes, then
   * disconnects.
   */
  close(): Promise<void>;
}
