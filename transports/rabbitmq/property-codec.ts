/**
 * Translates the properties of a message between the envelope and amqplib.
 *
 * - Units: the envelope has milliseconds; the wire has seconds (`timestamp`) and a decimal string
 *   (`expiration`).
 * - Typed headers: a header goes out with the type of its value. amqplib would take an object with
 *   a key `!` for a typed value, and fails on numbers beyond 2^53; both are wrapped.
 * - JSON: incoming header timestamps become milliseconds, decimals become numbers, byte strings
 *   become text.
 * - No empty headers: an empty table of headers is left out.
 * - Unreadable headers: headers that cannot be read, or are nested too deeply, are left out, and
 *   the reason comes instead.
 */
import type { MessageProperties as AmqpProperties, Options } from 'amqplib';
import type { Draft } from '../../runtime/ports/draft.ts';
import type {
  Headers,
  HeaderValue,
  MessageProperties,
  OutgoingMessage,
} from '../../runtime/ports/envelope.ts';
import { tableDepthMax } from '../encodable.ts';
import { UnreadableHeaders } from './readable-headers.ts';

type Table = Readonly<Record<string, unknown>>;

function encodeValue(value: HeaderValue): unknown {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? value : { '!': 'double', value };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(encodeValue);
  const table = encodeTable(value);
  return Object.hasOwn(value, '!') ? { '!': 'object', value: table } : table;
}

function encodeTable(headers: Headers): Record<string, unknown> {
  const table: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) table[name] = encodeValue(value);
  return table;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null;
}

function decodeTyped(type: unknown, value: unknown): HeaderValue | undefined {
  if (type === 'timestamp' && typeof value === 'number') return value * 1000;
  if (type === 'decimal' && isTable(value))
    return Number(value['digits']) / 10 ** Number(value['places']);
  return undefined;
}

class TooDeep extends Error {}

function decodeValue(value: unknown, depth: number): HeaderValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (!isTable(value)) return null;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (depth > tableDepthMax) throw new TooDeep();
  if (Array.isArray(value)) return value.map((element) => decodeValue(element, depth + 1));
  return decodeTyped(value['!'], value['value']) ?? decodeTable(value, depth + 1);
}

function decodeTable(table: Table, depth: number): Record<string, HeaderValue> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, decodeValue(value, depth)]),
  );
}

/**
 * The options of `channel.publish` for a message of that user. Written key by key, because a copy
 * by spread for every message costs as much as the encoding.
 */
export function publishOptions(
  { mandatory, properties }: OutgoingMessage,
  user: string,
): Options.Publish {
  const { headers, expirationMs, timestampMs } = properties;
  return {
    mandatory,
    persistent: properties.persistent,
    messageId: properties.messageId,
    correlationId: properties.correlationId,
    replyTo: properties.replyTo,
    type: properties.type,
    appId: properties.appId,
    userId: user,
    contentType: properties.contentType,
    contentEncoding: properties.contentEncoding,
    priority: properties.priority,
    headers: headers === undefined ? undefined : encodeTable(headers),
    expiration: expirationMs === undefined ? undefined : String(expirationMs),
    timestamp: timestampMs === undefined ? undefined : Math.floor(timestampMs / 1000),
  } as Options.Publish;
}

function decodeHeaders(table: unknown): Headers | UnreadableHeaders | undefined {
  if (table instanceof UnreadableHeaders) return table;
  if (!isTable(table) || Object.keys(table).length === 0) return undefined;
  try {
    return decodeTable(table, 1);
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return new UnreadableHeaders(`the headers are nested deeper than ${tableDepthMax} levels`);
  }
}

/**
 * The properties of the envelope. Absent properties are left out one by one, because a copy by spread
 * costs as much as the decoding.
 */
export function receivedProperties(amqp: AmqpProperties): MessageProperties {
  const received: Draft<MessageProperties> = { persistent: amqp.deliveryMode === 2 };
  if (amqp.messageId !== undefined) received.messageId = amqp.messageId;
  if (amqp.correlationId !== undefined) received.correlationId = amqp.correlationId;
  if (amqp.replyTo !== undefined) received.replyTo = amqp.replyTo;
  if (amqp.type !== undefined) received.type = amqp.type;
  if (amqp.appId !== undefined) received.appId = amqp.appId;
  if (amqp.userId !== undefined) received.userId = amqp.userId;
  if (amqp.contentType !== undefined) received.contentType = amqp.contentType;
  if (amqp.contentEncoding !== undefined) received.contentEncoding = amqp.contentEncoding;
  if (amqp.priority !== undefined) received.priority = amqp.priority;
  const headers = decodeHeaders(amqp.headers);
  if (headers instanceof UnreadableHeaders) received.unreadableHeaders = headers.reason;
  else if (headers !== undefined) received.headers = headers;
  if (amqp.expiration !== undefined) received.expirationMs = Number(amqp.expiration);
  if (amqp.timestamp !== undefined) received.timestampMs = Number(amqp.timestamp) * 1000;
  return received;
}
