/**
 * The message of the effect `deadLetter` in the form of a dead letter. Pure.
 *
 * The message gets an id of its own, so that a replay never counts as a repetition, and nobody waits
 * for an answer.
 */
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import type { Undeliverable } from '../step/effects.ts';
import { base64Json } from './codec.ts';

export function undeliverableMessage(
  { queue, exchange, routingKey, action, data, headers = {} }: Undeliverable,
  service: string,
  messageId: string,
): UnhandledMessage {
  return {
    service,
    kind: 'message',
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
    body: base64Json({ action, data }),
  };
}
