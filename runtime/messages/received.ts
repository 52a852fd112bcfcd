/**
 * A delivery before it is routed: the identity of its message, its sender, and the address at which
 * the sender waits for an answer.
 *
 * Boundary: pure functions. The body is decoded before (`codec.ts`).
 */
import type { Draft } from '../ports/draft.ts';
import type { Delivery, Headers } from '../ports/envelope.ts';
import type { Json } from '../ports/json.ts';
import type { ReplyAddress } from '../step/effects.ts';
import { ownJson } from '../step/json-value.ts';
import type { AnswerWays } from './answer-ways.ts';
import type { MessageInfo } from './message-events.ts';
import { messageIdentity } from './message-identity.ts';

const noHeaders: Headers = ownJson({});

/** A delivery and its message without action and data. */
export interface Received {
  readonly delivery: Delivery;
  readonly info: MessageInfo;
}

/** `nextId` gives an identity to a question without one, so that its answer has an id. */
export function received(
  delivery: Delivery,
  body: Json,
  ways: Pick<AnswerWays, 'wayOf'>,
  nextId: () => string,
): Received {
  const identity = messageIdentity(delivery, body);
  const replyTo = replyAddress(delivery, identity, ways, nextId);
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
  const headers = properties.headers ?? noHeaders;
  return { identity, from, user, headers, queue, exchange, routingKey, replyTo };
}

function replyAddress(
  delivery: Delivery,
  identity: string | null,
  ways: Pick<AnswerWays, 'wayOf'>,
  nextId: () => string,
): ReplyAddress | null {
  const { replyTo, correlationId } = delivery.properties;
  if (replyTo === undefined || replyTo === '') return null;
  const { exchange, neverStraight } = ways.wayOf(delivery, replyTo);
  const messageId = identity ?? nextId();
  const address: Draft<ReplyAddress> = { messageId, exchange, routingKey: replyTo };
  if (correlationId !== undefined) address.correlationId = correlationId;
  if (neverStraight) address.neverStraight = true;
  return address;
}
