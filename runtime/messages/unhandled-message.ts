/** Messages in the form of a dead letter. Pure. */
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import type { Delivery } from '../ports/envelope.ts';
import type { Undeliverable } from '../step/effects.ts';
import { encodeBody } from './codec.ts';

/**
 * The delivery in the form of a dead letter. Few messages become dead letters, so the body is
 * written in base64 only when a caller reads `body`.
 */
export function unhandledMessage(
  service: string,
  { queue, exchange, routingKey, properties, body }: Omit<Delivery, 'redelivered'>,
): UnhandledMessage {
  return {
    service,
    kind: 'message',
    queue,
    exchange,
    routingKey,
    properties,
    get body() {
      return Buffer.from(body).toString('base64');
    },
  };
}

/**
 * The message of the effect `deadLetter`. The message gets an id of its own, so that a replay never
 * counts as a repetition. No sender waits for an answer.
 */
export function undeliverableMessage(
  { queue, exchange, routingKey, action, data, headers = {} }: Undeliverable,
  service: string,
  messageId: string,
): UnhandledMessage {
  return unhandledMessage(service, {
    queue,
    exchange,
    routingKey,
    properties: {
      type: action,
      messageId,
      contentType: 'application/json',
      headers,
      persistent: true,
    },
    body: encodeBody({ action, data }),
  });
}
