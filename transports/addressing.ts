/** The rules of AMQP for the way of an answer to its asker, and for the content of a message. */
import type { Addressing } from '../runtime/ports/transport.ts';
import { unencodable } from './encodable.ts';

/**
 * The broker's own names: queues that the broker has named (`amq.gen-…`) and direct reply-to
 * (`amq.rabbitmq.reply-to…`).
 */
const brokerPrefix = 'amq.';

/**
 * An asker binds its reply queue to the exchange of its question. A queue with a name of the
 * broker's is bound to no exchange but the default one.
 */
export const amqpAddressing: Addressing = {
  unpublishable: unencodable,
  answerExchange: (exchange, replyTo) => (replyTo.startsWith(brokerPrefix) ? '' : exchange),
};
