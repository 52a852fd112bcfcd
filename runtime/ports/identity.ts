/**
 * Identities: one string for several parts that together name something.
 *
 * Boundary: every map key, message id, token and path that consists of parts is made here.
 *
 * Invariants:
 * - Distinct: different lists of parts give different strings, whatever the parts hold.
 * - Readable: a part stays as it is, except for `%`, `/`, NUL and lone surrogates.
 * - Bounded: an identity has at most 200 bytes of UTF-8. A longer one is cut, and ends in a digest
 *   of the whole. AMQP allows 255 bytes for a message id, and databases limit keys.
 */
import { createHash } from 'node:crypto';

export const identityBytesMax = 200;

/** Bytes of a shortened identity before its digest. */
const readableBytes = 150;
/** No escape begins like this, so no full identity looks like a shortened identity. */
const shortened = '%~';
/** UTF-8 needs at most three bytes for a UTF-16 unit, so shorter text is within the bound. */
const surelyWithin = Math.floor(identityBytesMax / 3);

/** Quick, and true for whole characters of two units as well. */
const maybeSpecial = /[%/\0\uD800-\uDFFF]/;
/** What is still special after `%` and `/` are escaped. */
const maybeStrange = /[\0\uD800-\uDFFF]/;
const everyStrange = /[\0\p{Surrogate}]/gu;
const everyEscape = /%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g;

/** The identity of a thing with these parts. At least one part. */
export function identityOf(...parts: readonly string[]): string {
  return bounded(joined(parts));
}

/**
 * The identity of something that has an id already, of anybody's making, and belongs to `owners`. The
 * id stays as it is before the last `@`.
 */
export function ownedIdentity(id: string, ...owners: readonly string[]): string {
  return bounded(`${id}@${joined(owners).replaceAll('@', '%40')}`);
}

/**
 * The identity of a part below `identity`, which was made here or is the message id of another
 * service. The result equals the identity of all parts together.
 */
export function identityBelow(identity: string, ...parts: readonly [string, ...string[]]): string {
  return bounded(`${identity}/${joined(parts)}`);
}

/** The parts as one string of any length. `partsOf` takes the string apart again. */
export function joined(parts: readonly string[]): string {
  let text = escaped(parts[0] ?? '');
  for (let index = 1; index < parts.length; index += 1) text += `/${escaped(parts[index] ?? '')}`;
  return text;
}

/** The parts that `joined` has joined into the text. */
export function partsOf(text: string): readonly string[] {
  return text.split('/').map(unescaped);
}

/** Text that is an identity already, within the bound. */
export function bounded(text: string): string {
  if (text.length <= surelyWithin || Buffer.byteLength(text) <= identityBytesMax) return text;
  const digest = createHash('sha256').update(text).digest('base64url');
  return `${beginning(text, readableBytes)}${shortened}${digest}`;
}

/** As many whole characters as fit into that many bytes. */
function beginning(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}

/** A key is often a message id, which has a `/`; the pattern for all special characters is slow. */
function escaped(part: string): string {
  if (!maybeSpecial.test(part)) return part;
  const plain = part.replaceAll('%', '%25').replaceAll('/', '%2F');
  return maybeStrange.test(plain) ? plain.replace(everyStrange, escapeOf) : plain;
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase();
  return code.length <= 2 ? `%${code.padStart(2, '0')}` : `%u${code}`;
}

function unescaped(part: string): string {
  return part.includes('%')
    ? part.replace(everyEscape, (_, long: string | undefined, short: string) =>
        String.fromCharCode(Number.parseInt(long ?? short, 16)),
      )
    : part;
}
