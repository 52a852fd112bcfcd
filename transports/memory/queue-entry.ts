/** A message in one queue: what is shared with other queues (`message`) and what is this queue's own. */
import type { MessageProperties } from '../../runtime/ports/envelope.ts';
import type { BrokerConsumer } from './broker-consumer.ts';

/** A message as a broker holds it; never changed, so queues share it. */
export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
}

export interface QueueEntry {
  readonly message: StoredMessage;
  /** Rises with every message the queue took: its place in a classic queue. */
  readonly position: number;
  /** Infinity without a time to live. */
  readonly expiresAtMs: number;
  /** Returned or lost deliveries so far. */
  returns: number;
  /** While delivered and not acknowledged: to whom, and under which delivery tag of its channel. */
  consumer: BrokerConsumer | undefined;
  deliveryTag: number;
  /** Its neighbours among the unsettled deliveries of that channel. */
  previous: QueueEntry | undefined;
  next: QueueEntry | undefined;
}
