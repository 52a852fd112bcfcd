/** The rules by which AMQP delivers an answer to its asker. */
import type { Addressing } from '../runtime/ports/transport.ts';

/** The broker's own names: queues that the broker has named (`amq.gen-…`) and direct reply-to (`amq.rabbitmq.reply-to…`). */
const brokerPrefix = 'amq.';

/**
 * An asker binds its reply queue to the exchange of its question. A queue with a name of the broker's is bound to no exchange
 * but the default one.
 */
export const amqpAddressing: Addressing = {
  answerExchange: (exchange, replyTo) => (replyTo.startsWith(brokerPrefix) ? '' : exchange),
};
