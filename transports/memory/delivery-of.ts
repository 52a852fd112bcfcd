/** An entry as a consumer gets it: quorum queues say in a header how often it was delivered before. */
import type { Delivery, MessageProperties } from '../../runtime/ports/envelope.ts';
import type { QueueEntry } from './queue-entry.ts';

function counted(properties: MessageProperties, count: number): MessageProperties {
  return { ...properties, headers: { ...properties.headers, 'x-delivery-count': count } };
}

export function deliveryOf(queue: string, entry: QueueEntry, redelivered: boolean): Delivery {
  const { message, returns } = entry;
  const counts = redelivered && entry.consumer?.queue.options.type === 'quorum';
  const properties = counts ? counted(message.properties, returns) : message.properties;
  const count = properties.headers?.['x-delivery-count'];
  const { exchange, routingKey, body } = message;
  if (typeof count !== 'number')
    return { queue, exchange, routingKey, redelivered, properties, body };
  return { queue, exchange, routingKey, redelivered, deliveryCount: count, properties, body };
}
