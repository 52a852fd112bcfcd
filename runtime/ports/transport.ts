/**
 * The port through which services exchange envelopes. Adapters: memory, RabbitMQ, simulated.
 *
 * 1. What a handler returns is the acknowledgement; a handler that throws is `retry`.
 * 2. `publish` keeps the order of calls; its promise settles when the broker has taken responsibility (confirm), or has
 *    given the message back (mandatory and unroutable). It rejects with `Transient` when neither is known: the caller
 *    publishes again under the same message id.
 * 3. A delivery is acknowledged on the channel it came through or not at all.
 * 4. `open` and `close` are idempotent; concurrent callers share one promise.
 */
import type { Topology } from '../../config/topology.ts';
import type { Delivery, OutgoingMessage } from './envelope.ts';

/** `done` removes the delivery, `retry` puts it back into its queue, `reject` dead-letters it. */
export type Acknowledgement = 'done' | 'retry' | 'reject';

/** What became of a message: the broker has taken it, or has given it back because no queue takes it. */
export type PublishOutcome =
  | { readonly kind: 'confirmed' }
  /** Mandatory and no queue took it. `code` and `reason` are the broker's (312 NO_ROUTE). */
  | { readonly kind: 'returned'; readonly code: number; readonly reason: string };

export interface ConsumeOptions {
  /** Unacknowledged deliveries the broker may have outstanding; 0 means no limit. */
  readonly prefetch: number;
}

/** A subscription to one queue. */
export interface Consumer {
  /** No new deliveries after this resolves; those under way may still be acknowledged. */
  cancel(): Promise<void>;
}

/** Carries messages between services. `publish` rejects with `Transient` when it is not known whether the broker has the message. */
export interface Transport {
  /** Connects and declares (or, where `declare` is false, checks) every exchange, queue and binding. */
  open(topology: Topology): Promise<void>;
  publish(message: OutgoingMessage): Promise<PublishOutcome>;
  consume(
    queue: string,
    options: ConsumeOptions,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
  ): Promise<Consumer>;
  /** Cancels consumers, waits for handlers under way and unconfirmed publishes, then disconnects. */
  close(): Promise<void>;
}
