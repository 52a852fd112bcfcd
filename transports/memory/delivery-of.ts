/**
 * The delivery of a queue entry to a consumer. A quorum queue counts earlier deliveries in the header
 * `x-delivery-count`.
 */
import type { Delivery, MessageProperties } from '../../runtime/ports/envelope.ts';
import type { QueueEntry } from './queue-entry.ts';

function counted(properties: MessageProperties, count: number): MessageProperties {
  return { ...properties, headers: { ...properties.headers, 'x-delivery-count': count } };
}

/** `counts`: the queue counts deliveries, like a quorum queue. */
export function deliveryOf(
  queue: string,
  entry: Pick<QueueEntry, 'message' | 'returns'>,
  redelivered: boolean,
  counts: boolean,
): Delivery {
  const { message, returns } = entry;
  const properties =
    redelivered && counts ? counted(message.properties, returns) : message.properties;
  const count = properties.headers?.['x-delivery-count'];
  const { exchange, routingKey, body } = message;
  if (typeof count !== 'number')
    return { queue, exchange, routingKey, redelivered, properties, body };
  return { queue, exchange, routingKey, redelivered, deliveryCount: count, properties, body };
}
