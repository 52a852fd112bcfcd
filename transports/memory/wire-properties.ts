/**
 * Properties as they are after a trip over the wire, so that memory does not keep what AMQP loses:
 * a timestamp has whole seconds, empty headers are left out, and the user is the connection's own.
 * Properties that need no change are passed on as the same object.
 */
import type { Draft } from '../../runtime/ports/draft.ts';
import type { MessageProperties } from '../../runtime/ports/envelope.ts';

function hasKeys(value: object): boolean {
  for (const _ in value) return true;
  return false;
}

function isExact({ timestampMs, headers, userId }: MessageProperties, user: string): boolean {
  return (
    userId === user &&
    (timestampMs === undefined || timestampMs % 1000 === 0) &&
    (headers === undefined || hasKeys(headers))
  );
}

/** Key by key, because a spread for every message makes an object that slows its readers down. */
export function wireProperties(properties: MessageProperties, user: string): MessageProperties {
  if (isExact(properties, user)) return properties;
  const { headers, timestampMs } = properties;
  const wire: Draft<MessageProperties> = { persistent: properties.persistent, userId: user };
  if (properties.messageId !== undefined) wire.messageId = properties.messageId;
  if (properties.type !== undefined) wire.type = properties.type;
  if (properties.appId !== undefined) wire.appId = properties.appId;
  if (properties.contentType !== undefined) wire.contentType = properties.contentType;
  if (properties.contentEncoding !== undefined) wire.contentEncoding = properties.contentEncoding;
  if (properties.correlationId !== undefined) wire.correlationId = properties.correlationId;
  if (properties.replyTo !== undefined) wire.replyTo = properties.replyTo;
  if (properties.expirationMs !== undefined) wire.expirationMs = properties.expirationMs;
  if (properties.priority !== undefined) wire.priority = properties.priority;
  if (timestampMs !== undefined) wire.timestampMs = Math.floor(timestampMs / 1000) * 1000;
  if (headers !== undefined && hasKeys(headers)) wire.headers = headers;
  return wire;
}
