/**
 * Bodies of messages: JSON or text, in UTF-8. A body that comes in is bounded before it is parsed,
 * and checked before it is used.
 *
 * Invariants:
 * - Bounded: a body over the limit is refused unread. A compressed body is inflated up to the same
 *   limit (`compression.ts`).
 * - Headers: a message whose headers cannot be read is refused, because headers say how to read a body.
 * - Content type: a content type that is not on the list is refused before the body is inflated or
 *   parsed. A message without a content type is taken for JSON.
 * - Text: a body of the content type `text/plain` is a text and never parsed, even if the text looks
 *   like JSON. The action gets the text as a JSON string.
 * - Numbers: a number that `JSON.parse` would change is refused (`exact-numbers.ts`).
 * - Own: nobody can change the JSON that a body gives, so a step need not copy the JSON.
 * - Texts: a body with a lone surrogate is refused with its place.
 * - Shape: a body that is too deep, has too many keys, or has a key that reaches for a prototype is
 *   refused.
 */
import type { Delivery, MessageProperties } from '../ports/envelope.ts';
import { Broken, errorText, Refused } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import { jsonValue, ownJson } from '../step/json-value.ts';
import { inflatedBody } from './compression.ts';
import { withExactNumbers } from './exact-numbers.ts';

export interface BodyLimits {
  readonly bodyBytes: number;
  readonly depth: number;
  readonly keys: number;
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
const textType = 'text/plain';
const acceptedTypes = new Set(['application/json', 'text/json', textType, 'application/data']);
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws `Broken` for a value that is no JSON, which a machine may hand out nevertheless. */
export function encodeBody(body: Json): Uint8Array {
  return Buffer.from(jsonText(body));
}

function jsonText(body: unknown): string {
  try {
    const text = JSON.stringify(body);
    if (typeof text === 'string') return text;
  } catch (cause) {
    throw new Broken('bad-message', `the body is no JSON: ${errorText(cause)}`, { cause });
  }
  throw new Broken('bad-message', `the body is no JSON: found ${typeof body}`);
}

/** A value that a dead letter keeps as its body. */
export function base64Json(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function refuseBody(message: string, at = ''): never {
  throw new Refused('bad-message', message, { at });
}

/** Throws `Refused` when the value is deeper, larger or stranger than allowed. */
export function checkShape(value: Json, limits: Pick<BodyLimits, 'depth' | 'keys'>): void {
  if (keysLeft(value, limits.depth, limits.keys) < 0) refuseShape(value, limits);
}

/** How many of the allowed `keys` are left after `value`; negative when it is not acceptable. */
function keysLeft(value: Json | undefined, depthLeft: number, keys: number): number {
  if (typeof value !== 'object' || value === null) return keys;
  if (depthLeft === 0) return -1;
  if (Array.isArray(value)) return keysLeftOf(value, depthLeft, keys - value.length);
  let left = keys;
  for (const key in value) {
    if (left === 0 || forbiddenKeys.has(key)) return -1;
    left = keysLeft((value as JsonObject)[key], depthLeft - 1, left - 1);
    if (left < 0) return -1;
  }
  return left;
}

/** Of a list. Apart, because `for … in` makes a text of every index. */
function keysLeftOf(list: readonly Json[], depthLeft: number, keys: number): number {
  let left = keys;
  for (const element of list) {
    if (left < 0) return -1;
    left = keysLeft(element, depthLeft - 1, left);
  }
  return left;
}

/**
 * Finds the problem and its place. Apart from `keysLeft`, which runs for every message and needs no
 * place.
 */
function refuseShape(value: Json, limits: Pick<BodyLimits, 'depth' | 'keys'>): void {
  let keys = 0;
  const walk = (current: unknown, depth: number, at: string): void => {
    if (typeof current !== 'object' || current === null) return;
    if (depth > limits.depth) refuseBody(`the body is nested deeper than ${limits.depth}`, at);
    for (const [key, member] of Object.entries(current)) {
      keys += 1;
      if (keys > limits.keys)
        throw new Refused(
          'body-too-large',
          `the body has more than ${limits.keys} keys and elements`,
        );
      if (forbiddenKeys.has(key)) refuseBody(`the key '${key}' is not allowed`, `${at}/${key}`);
      walk(member, depth + 1, `${at}/${key}`);
    }
  };
  walk(value, 1, '');
}

/** The content type of a body. Without one, JSON. */
function acceptedType({ contentType = 'application/json' }: MessageProperties): string {
  if (acceptedTypes.has(contentType)) return contentType;
  const type = contentType.split(';')[0]?.trim().toLowerCase() || 'application/json';
  if (acceptedTypes.has(type)) return type;
  refuseBody(
    `the content type '${type}' is not accepted; accepted are ${[...acceptedTypes].join(', ')}`,
  );
}

function textOf(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new Refused('bad-message', 'the body is not UTF-8', { cause });
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refused('bad-message', `the body is not JSON: ${errorText(cause)}`, { cause });
  }
}

/** UTF-8 has no lone surrogates, so a lone surrogate in a body is an escape. */
const escapedSurrogate = /\\u[dD][89a-fA-F]/;

function refuseLoneSurrogates(value: Json): void {
  try {
    jsonValue(value, 'the body');
  } catch (error) {
    if (error instanceof Broken) refuseBody(error.message, error.at);
    throw error;
  }
}

function checkSize({ byteLength: size }: Uint8Array, { bodyBytes }: BodyLimits): void {
  if (size > bodyBytes)
    throw new Refused('body-too-large', `the body has ${size} bytes; allowed are ${bodyBytes}`);
}

/** As `encodeBody`; throws the errors of `decodeBody` for a body beyond the limits. */
export function encodeBodyWithin(body: Json, limits: BodyLimits): Uint8Array {
  const encoded = encodeBody(body);
  checkSize(encoded, limits);
  checkShape(body, limits);
  return encoded;
}

/** The JSON of a delivery. Throws `Refused` with the problem. */
export function decodeBody({ body, properties }: Delivery, limits: BodyLimits): Json {
  const unreadable = properties.unreadableHeaders;
  if (unreadable !== undefined) throw new Refused('bad-message', unreadable);
  checkSize(body, limits);
  const type = acceptedType(properties);
  const text = textOf(inflatedBody(body, properties, limits.bodyBytes));
  if (type === textType) return text;
  const value = withExactNumbers(text, parsed(text));
  checkShape(value, limits);
  if (escapedSurrogate.test(text)) refuseLoneSurrogates(value);
  return ownJson(value);
}
