/**
 * The limits of AMQP 0-9-1. A message is checked before a transport takes the message, so that all
 * transports refuse the same messages and a bad message never costs a connection.
 *
 * - Short strings: names, keys and properties are text of at most 255 bytes of UTF-8. A message
 *   without an exchange is refused, because a driver would send the message to the default
 *   exchange.
 * - Numbers: an expiration is a whole number of milliseconds, a priority is 0 to 255, a timestamp
 *   is not negative.
 * - Routing headers: the headers `CC` and `BCC` are refused, because RabbitMQ routes by them.
 * - Headers: a number is finite, and values are nested at most `tableDepthMax` levels deep.
 * - One frame: all properties of a message travel in a single frame. A larger frame would end the
 *   connection, so the headers are measured.
 */
import { inspect } from 'node:util';
import type { HeaderValue, MessageProperties } from '../runtime/ports/envelope.ts';
import { Broken } from '../runtime/ports/errors.ts';
import type { Envelope, Unpublishable } from '../runtime/ports/transport.ts';

const shortStringMaxBytes = 255;
/**
 * A text of this many UTF-16 units never takes more than 255 bytes, so its bytes are not counted.
 */
const surelyShortUnits = 85;
/** amqplib encodes headers into 65 536 bytes; RabbitMQ takes frames of 131 072 bytes. */
const headersMaxBytes = 65_000;
/**
 * The levels of a table of headers. The readers and writers of tables call themselves for each
 * level.
 */
export const tableDepthMax = 100;

function tooLong(text: string): boolean {
  return text.length > surelyShortUnits && Buffer.byteLength(text) > shortStringMaxBytes;
}

const shortStrings = [
  'messageId',
  'correlationId',
  'replyTo',
  'type',
  'appId',
  'contentType',
  'contentEncoding',
] as const;

function longText(name: string, text: string, at: string): Unpublishable {
  const bytes = Buffer.byteLength(text);
  return { at, reason: `${name} has more than ${shortStringMaxBytes} bytes (${bytes})` };
}

/** A machine of a user may have made the value, so its type is checked. */
function wrongText(name: string, value: unknown, at: string): Unpublishable | undefined {
  if (typeof value !== 'string')
    return { at, reason: `${name} must be text, found ${shown(value)}` };
  return tooLong(value) ? longText(name, value, at) : undefined;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : inspect(value, { depth: 0 }).slice(0, 60);
}

function wrongProperty(properties: MessageProperties): Unpublishable | undefined {
  for (const name of shortStrings) {
    const value: unknown = properties[name];
    if (value === undefined || (typeof value === 'string' && !tooLong(value))) continue;
    return wrongText(name, value, `/properties/${name}`);
  }
  return undefined;
}

function notWhole(value: number | undefined, max: number): boolean {
  return value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= max);
}

function wrongNumber(properties: MessageProperties): Unpublishable | undefined {
  if (notWhole(properties.expirationMs, 0xffff_ffff))
    return {
      at: '/properties/expirationMs',
      reason: 'expirationMs must be a whole number of milliseconds below 2^32',
    };
  if (notWhole(properties.priority, 255))
    return {
      at: '/properties/priority',
      reason: 'priority must be a whole number from 0 to 255',
    };
  const timestampMs = properties.timestampMs;
  if (timestampMs !== undefined && !(timestampMs >= 0 && timestampMs <= Number.MAX_SAFE_INTEGER))
    return { at: '/properties/timestampMs', reason: 'timestampMs must not be negative' };
  return undefined;
}

/** RabbitMQ would deliver the message also to the keys in these headers. */
const recipientHeaders = ['CC', 'BCC'];

function wrongHeader({ headers }: MessageProperties): Unpublishable | undefined {
  if (headers === undefined) return undefined;
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return {
      at: '/properties/headers',
      reason: `headers must be an object, found ${shown(headers)}`,
    };
  for (const name of recipientHeaders)
    if (headers[name] !== undefined)
      return { at: `/properties/headers/${name}`, reason: `header '${name}' would add recipients` };
  const wrong = wrongMember(headers, 0, '/properties/headers');
  if (wrong !== undefined) return wrong;
  const bytes = tableBytes(headers);
  if (bytes <= headersMaxBytes) return undefined;
  const reason = `the headers have ${bytes} bytes; allowed are ${headersMaxBytes}`;
  return { at: '/properties/headers', reason };
}

/** A name, a number or a level of nesting that a field table cannot have. */
function wrongMember(
  table: Readonly<Record<string, HeaderValue>>,
  depth: number,
  at: string,
): Unpublishable | undefined {
  if (depth > tableDepthMax)
    return { at, reason: `the headers are nested deeper than ${tableDepthMax} levels` };
  for (const name in table) {
    if (tooLong(name)) return longText('the name of a header', name, at);
    const wrong = wrongValue(table[name] ?? null, depth, `${at}/${name}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongValue(value: HeaderValue, depth: number, at: string): Unpublishable | undefined {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { at, reason: `the header is ${value}; a header is a finite number` };
  if (typeof value !== 'object' || value === null) return undefined;
  return wrongMember(value as Readonly<Record<string, HeaderValue>>, depth + 1, at);
}

/** The bytes of a field table (AMQP 0-9-1 §4.2.5.5). */
function tableBytes(table: Readonly<Record<string, HeaderValue>>): number {
  let bytes = 4;
  for (const [name, value] of Object.entries(table))
    bytes += 1 + Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

/** The bytes of a value with its type. A number counts with the most bytes that a number takes. */
function valueBytes(value: HeaderValue): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (typeof value === 'number') return 9;
  if (typeof value !== 'object' || value === null) return 2;
  if (!Array.isArray(value)) return 1 + tableBytes(value);
  return value.reduce<number>((bytes, element) => bytes + valueBytes(element), 5);
}

/** The reason why AMQP cannot carry the message, or undefined. */
export function unencodable(message: Envelope): Unpublishable | undefined {
  return (
    wrongText('exchange', message.exchange, '/exchange') ??
    wrongText('routingKey', message.routingKey, '/routingKey') ??
    wrongProperty(message.properties) ??
    wrongNumber(message.properties) ??
    wrongHeader(message.properties)
  );
}

export function unencodableError({ reason, at }: Partial<Unpublishable>, cause?: unknown): Broken {
  const details = at === undefined ? { cause } : { at, cause };
  return new Broken('bad-message', `AMQP cannot carry the message: ${reason}`, details);
}
