/**
 * A message in one queue: the message, which other queues may share, and the state that only this
 * queue has.
 *
 * Boundary: data, with the ports through which a channel reaches the consumer and the queue of an
 * entry.
 */
import type { StoredMessage } from './stored-message.ts';

/** `returned`: the consumer gave the entry back. `lost`: the consumer is gone. */
export type RequeueReason = 'returned' | 'lost';

/** The queue of an entry, as the channel that settles the entry sees it. */
export interface SettlingQueue {
  acknowledged(): void;
  rejected(entries: readonly QueueEntry[]): void;
  /** Takes deliveries back, in the order of the deliveries. */
  requeue(entries: readonly QueueEntry[], reason: RequeueReason): void;
}

/** The consumer of an entry, as the channel that delivers and settles the entry sees it. */
export interface EntryConsumer {
  readonly queue: SettlingQueue;
  deliver(entry: QueueEntry): void;
  /** One delivery is settled. Call it before the queue is told how. */
  settled(): void;
}

export interface QueueEntry {
  readonly message: StoredMessage;
  /** Rises with every message that the queue takes: the order of a classic queue. */
  readonly position: number;
  /** Infinity without a time to live. */
  readonly expiresAtMs: number;
  /** Returned or lost deliveries so far. */
  returns: number;
  /**
   * While the entry is delivered and not settled: its consumer, and the delivery tag on the channel of
   * the consumer.
   */
  consumer: EntryConsumer | undefined;
  deliveryTag: number;
  /** The neighbours among the unsettled deliveries of that channel. */
  previous: QueueEntry | undefined;
  next: QueueEntry | undefined;
}
