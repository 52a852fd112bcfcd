/**
 * Signatures of callers: an HMAC over a message that names a caller, under a key that the services
 * share. Pure.
 *
 * - Whole: the signature covers the caller with the roles, the sender, the id, the way and the body of
 *   the message. So nobody without a key can name a caller, or put the caller on another message.
 * - Bound in time: the signature has the time of the publication. A message that comes later than
 *   `maxAgeMs` is refused. Within the time a replay is the same message, because the id is signed.
 * - At publication: a message that waited to be published is signed when the message goes out.
 * - Rotation: every key in `secrets` counts, and one key signs.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallerKeys } from '../../config/trust-schema.ts';
import type { Clock } from '../ports/clock.ts';
import type { Delivery, Headers, MessageProperties, OutgoingMessage } from '../ports/envelope.ts';

export const callerHeader = 'caller';
export const callerRolesHeader = 'caller-roles';
export const callerSignatureHeader = 'caller-signature';

/** How far the clock of a sender may be ahead, milliseconds. */
const aheadMaxMs = 60_000;
const version = 'v1';
/** The broker puts the address of the connection behind this name. */
const directReply = 'amq.rabbitmq.reply-to';

/** A message with its way, as both sides see the message. */
type Signed = Pick<OutgoingMessage, 'exchange' | 'routingKey' | 'properties' | 'body'>;

/** The message with the signature of its caller; the message itself when it names no caller. */
function withCallerSignature(
  keys: CallerKeys | undefined,
  message: OutgoingMessage,
  now: number,
): OutgoingMessage {
  const { properties } = message;
  if (keys === undefined || !namesCaller(properties.headers)) return message;
  const { [keys.signWith]: secret = '' } = keys.secrets;
  const prefix = `${version}.${keys.signWith}.${now}`;
  const signature = `${prefix}.${signatureOf(secret, prefix, message)}`;
  const headers = { ...properties.headers, [callerSignatureHeader]: signature };
  return { ...message, properties: { ...properties, headers } };
}

/** Signs at the moment of the publication. */
export function callerSigner(
  keys: CallerKeys | undefined,
  clock: Pick<Clock, 'now'>,
): (message: OutgoingMessage) => OutgoingMessage {
  return (message) => withCallerSignature(keys, message, clock.now());
}

/** Why the caller of a message is not believed. Undefined: the caller is proved, or none is named. */
export function callerProblem(
  keys: CallerKeys | undefined,
  delivery: Delivery,
  now: number,
): string | undefined {
  const { headers, messageId = '' } = delivery.properties;
  if (keys === undefined || !namesCaller(headers)) return undefined;
  const given = headers?.[callerSignatureHeader];
  if (given === undefined) return `the caller is not signed (${callerSignatureHeader})`;
  const [, id, atMs] = /^v1\.([\w-]+)\.(\d{1,15})\.[\w-]+$/.exec(String(given)) ?? [];
  if (id === undefined || atMs === undefined)
    return `${callerSignatureHeader} is not v1.<key id>.<milliseconds>.<signature>`;
  if (messageId === '') return 'a message with a caller needs a message_id';
  const secret = Object.hasOwn(keys.secrets, id) ? keys.secrets[id] : undefined;
  if (secret === undefined) return `the key '${id}' of the caller's signature is not known`;
  const prefix = `${version}.${id}.${atMs}`;
  const expected = `${prefix}.${signatureOf(secret, prefix, delivery)}`;
  if (!isEqual(String(given), expected)) return "the caller's signature is wrong";
  const ageMs = now - Number(atMs);
  if (ageMs > keys.maxAgeMs) return `the caller's signature is older than ${keys.maxAgeMs} ms`;
  return ageMs < -aheadMaxMs ? "the caller's signature is from the future" : undefined;
}

function namesCaller(headers: Headers | undefined): boolean {
  if (headers === undefined) return false;
  return [callerHeader, callerRolesHeader, callerSignatureHeader].some((name) =>
    Object.hasOwn(headers, name),
  );
}

/** Over the parts one after another, each as its length in bytes, a colon and its bytes. */
function signatureOf(secret: string, prefix: string, message: Signed): string {
  const { body } = message;
  let head = '';
  for (const part of partsOf(prefix, message)) head += `${Buffer.byteLength(part)}:${part}`;
  // Two pieces: each call into the cipher costs more than the few bytes of a part.
  return createHmac('sha256', secret)
    .update(`${head}${body.length}:`)
    .update(body)
    .digest('base64url');
}

function partsOf(prefix: string, { exchange, routingKey, properties }: Signed): readonly string[] {
  const { appId = '', messageId = '', headers = {} } = properties;
  const { [callerHeader]: caller = '', [callerRolesHeader]: roles = [] } = headers;
  return [
    prefix,
    appId,
    messageId,
    exchange,
    routingKey,
    replyToOf(properties),
    textOf(caller),
    ...(Array.isArray(roles) ? roles : [roles]).map(textOf),
  ];
}

function replyToOf({ replyTo = '' }: MessageProperties): string {
  return replyTo.startsWith(`${directReply}.`) ? directReply : replyTo;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** In constant time for texts of one length. */
function isEqual(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
