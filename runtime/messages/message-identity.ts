/**
 * The identity of a message: the id that its sender gave it, together with the sender's name.
 *
 * Invariants:
 * - Claimed: the sender is the `app_id` as given; nothing proves it. The same id from two senders
 *   gives two identities, if the names of the senders differ.
 * - Told apart: two pairs of sender and id never have one identity.
 */
import { isJsonObject } from '../../config/json.ts';
import type { Delivery } from '../ports/envelope.ts';
import { bounded, ownedIdentity } from '../ports/identity.ts';
import type { Json } from '../ports/json.ts';

/** Null for a message without any of the properties that could identify it. */
export function messageIdentity({ properties }: Delivery, body: Json): string | null {
  const { messageId, replyTo, correlationId, headers, appId = '' } = properties;
  if (messageId !== undefined && messageId !== '') return ofSender(messageId, appId);
  if (replyTo !== undefined && correlationId !== undefined)
    return ownedIdentity(correlationId, replyTo, appId);
  const inBody = isJsonObject(body) ? body['request_id'] : undefined;
  const id = text(headers?.['request_id']) ?? text(inBody);
  return id === null ? null : ofSender(id, appId);
}

/**
 * The identity of an answer of that content. A sender may answer one question twice under one id:
 * `wait` first, and its decision later.
 */
export function answerIdentity(identity: string, digest: string): string {
  return ownedIdentity(identity, '', digest, '');
}

/** An id of a sender without a name stands alone, unless it could be read as one with a name. */
function ofSender(id: string, sender: string): string {
  return sender === '' && !id.includes('@') ? bounded(id) : ownedIdentity(id, sender);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
