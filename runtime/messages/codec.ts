/**
 * Bodies: JSON, UTF-8. Everything that comes in is bounded before it is parsed and checked before it is used.
 *
 * 1. A body over the limit is refused unread; a compressed one is inflated up to the same limit (`compression.ts`).
 * 2. A content type that is not on the list is refused before anything is inflated or parsed. None at all is taken for JSON.
 * 3. Too deep, too many keys, or a key that reaches for a prototype: refused.
 */

import type { Delivery, MessageProperties } from '../ports/envelope.ts';
import { Refused } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import { inflatedBody } from './compression.ts';

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly depth: number;
  readonly keys: number;
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
const acceptedTypes = new Set(['application/json', 'text/json', 'text/plain', 'application/data']);
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeBody(body: Json): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}

function refuseBody(message: string, at = ''): never {
  throw new Refused('bad-message', message, { at });
}

/** Throws where the value is deeper, larger or stranger than allowed. */
export function checkShape(value: Json, limits: Pick<BodyLimits, 'depth' | 'keys'>): void {
  if (keysLeft(value, limits.depth, limits.keys) < 0) refuseShape(value, limits);
}

/** How many of the `keys` allowed are left after `value`; negative when it is not acceptable. */
function keysLeft(value: Json, depthLeft: number, keys: number): number {
  if (typeof value !== 'object' || value === null) return keys;
  if (depthLeft === 0) return -1;
  let left = keys;
  for (const key in value) {
    if (left === 0 || forbiddenKeys.has(key)) return -1;
    left = keysLeft((value as Record<string, Json>)[key] as Json, depthLeft - 1, left - 1);
    if (left < 0) return -1;
  }
  return left;
}

/** Finds what is wrong, and where. Apart from the check above, which runs for every message and has no use for the way to a value. */
function refuseShape(value: Json, limits: Pick<BodyLimits, 'depth' | 'keys'>): void {
  let keys = 0;
  const walk = (current: Json, depth: number, at: string): void => {
    if (typeof current !== 'object' || current === null) return;
    if (depth > limits.depth) refuseBody(`the body is nested deeper than ${limits.depth}`, at);
    for (const key of Object.keys(current)) {
      keys += 1;
      if (keys > limits.keys) refuseBody(`the body has more than ${limits.keys} keys and elements`);
      if (forbiddenKeys.has(key)) refuseBody(`the key '${key}' is not allowed`, `${at}/${key}`);
      walk((current as Record<string, Json>)[key] as Json, depth + 1, `${at}/${key}`);
    }
  };
  walk(value, 1, '');
}

function checkContentType({ contentType }: MessageProperties): void {
  if (contentType === undefined || acceptedTypes.has(contentType)) return;
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || type === '' || acceptedTypes.has(type)) return;
  refuseBody(
    `the content type '${type}' is not accepted; accepted are ${[...acceptedTypes].join(', ')}`,
  );
}

function parsed(body: Uint8Array): Json {
  try {
    return JSON.parse(decoder.decode(body)) as Json;
  } catch (cause) {
    throw new Refused(
      'bad-message',
      `the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The JSON of a delivery. Throws `Refused` with what is wrong with it. */
export function decodeBody({ body, properties }: Delivery, limits: BodyLimits): Json {
  const size = body.byteLength;
  if (size > limits.bodyBytes)
    throw new Refused(
      'body-too-large',
      `the body has ${size} bytes; allowed are ${limits.bodyBytes}`,
    );
  checkContentType(properties);
  const value = parsed(inflatedBody(body, properties, limits.bodyBytes));
  checkShape(value, limits);
  return value;
}
