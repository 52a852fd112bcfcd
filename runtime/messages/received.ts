/**
 * A delivery before it is routed: the identity of its message, its sender, and the address at which
 * the sender waits for an answer.
 *
 * Boundary: pure functions. The body is decoded before (`codec.ts`).
 */
import type { Delivery } from '../ports/envelope.ts';
import type { Json } from '../ports/json.ts';
import type { Addressing } from '../ports/transport.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { MessageInfo } from './message-events.ts';
import { messageIdentity } from './message-identity.ts';

/** A delivery and its message without action and data. */
export interface Received {
  readonly delivery: Delivery;
  readonly info: MessageInfo;
}

/** `nextId` gives an identity to a question that has none, so that its answer has an id. */
export function received(
  delivery: Delivery,
  body: Json,
  addressing: Pick<Addressing, 'answerExchange'>,
  nextId: () => string,
): Received {
  const identity = messageIdentity(delivery, body);
  const replyTo = replyAddress(delivery, identity, addressing, nextId);
  return { delivery, info: messageInfo(delivery, identity, replyTo) };
}

/** The message of a delivery, as routes and machines see it. */
export function messageInfo(
  { queue, exchange, routingKey, properties }: Delivery,
  identity: string | null,
  replyTo: ReplyAddress | null,
): MessageInfo {
  const from = properties.appId ?? null;
  const user = properties.userId ?? null;
  const headers = properties.headers ?? {};
  return { identity, from, user, headers, queue, exchange, routingKey, replyTo };
}

function replyAddress(
  { exchange: questionExchange, properties }: Delivery,
  identity: string | null,
  addressing: Pick<Addressing, 'answerExchange'>,
  nextId: () => string,
): ReplyAddress | null {
  const { replyTo, correlationId } = properties;
  if (replyTo === undefined || replyTo === '') return null;
  const messageId = identity ?? nextId();
  const exchange = addressing.answerExchange(questionExchange, replyTo);
  return correlationId === undefined
    ? { messageId, exchange, routingKey: replyTo }
    : { messageId, exchange, routingKey: replyTo, correlationId };
}
