/**
 * What AMQP 0-9-1 can carry: checked before a message is taken, so that a message refused by one transport is refused by
 * every other, and a bad one never costs a connection.
 *
 * 1. Short strings (names, keys, properties) have at most 255 bytes of UTF-8.
 * 2. An expiration is a whole number of milliseconds, a priority 0 to 255, a timestamp not negative.
 * 3. The headers `CC` and `BCC` are refused: they are RabbitMQ's own and change the routing.
 */

import type { MessageProperties, OutgoingMessage } from '../runtime/ports/envelope.ts';
import { Broken } from '../runtime/ports/errors.ts';

const shortStringMaxBytes = 255;
/** So many UTF-16 units never take more than 255 bytes, so they need not be counted. */
const surelyShortUnits = 85;

function tooLong(text: string | undefined): boolean {
  return (
    text !== undefined &&
    text.length > surelyShortUnits &&
    Buffer.byteLength(text) > shortStringMaxBytes
  );
}

function longProperty(properties: MessageProperties): string | undefined {
  if (tooLong(properties.messageId)) return 'messageId';
  if (tooLong(properties.correlationId)) return 'correlationId';
  if (tooLong(properties.replyTo)) return 'replyTo';
  if (tooLong(properties.type)) return 'type';
  if (tooLong(properties.appId)) return 'appId';
  if (tooLong(properties.contentType)) return 'contentType';
  if (tooLong(properties.contentEncoding)) return 'contentEncoding';
  return undefined;
}

function notWhole(value: number | undefined, max: number): boolean {
  return value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= max);
}

function wrongNumber(properties: MessageProperties): string | undefined {
  if (notWhole(properties.expirationMs, 0xffff_ffff))
    return 'expirationMs must be a whole number of milliseconds below 2^32';
  if (notWhole(properties.priority, 255)) return 'priority must be a whole number from 0 to 255';
  const timestampMs = properties.timestampMs;
  if (timestampMs !== undefined && !(timestampMs >= 0 && timestampMs <= Number.MAX_SAFE_INTEGER))
    return 'timestampMs must not be negative';
  return undefined;
}

/** RabbitMQ would deliver to the keys in these as well, which no envelope of ours means. */
const recipientHeaders = ['CC', 'BCC'];

function wrongHeader({ headers }: MessageProperties): string | undefined {
  const name =
    headers === undefined
      ? undefined
      : recipientHeaders.find((other) => headers[other] !== undefined);
  return name === undefined ? undefined : `header '${name}' would add recipients`;
}

/** Why AMQP cannot carry the message, or undefined. */
export function unencodable(message: OutgoingMessage): string | undefined {
  if (tooLong(message.exchange)) return 'exchange has more than 255 bytes';
  if (tooLong(message.routingKey)) return 'routingKey has more than 255 bytes';
  const property = longProperty(message.properties);
  if (property !== undefined) return `${property} has more than 255 bytes`;
  return wrongNumber(message.properties) ?? wrongHeader(message.properties);
}

/** The error for a message that AMQP cannot carry. */
export function unencodableError(reason: string, cause?: unknown): Broken {
  return new Broken('bad-message', `AMQP cannot carry the message: ${reason}`, { cause });
}
