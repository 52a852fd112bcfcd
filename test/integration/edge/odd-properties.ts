/** Keys, identities, headers and properties of strangers. Written by hand, apart from the checks of the runtime. */
import type { MessageProperties } from '../../../runtime/ports/envelope.ts';

/** Keys that name one actor each, although they look odd. The longest has 500 bytes. */
export const validOddKeys: readonly string[] = [
  ...['..', '.', '/', '//', 'a/b', 'a%2Fb', ' ', 'a b', '\n', '\u0001', '#', '*', '%', "'", '"'],
  ...['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'length'],
  ...['undefined', 'null', 'true', '5', '[object Object]', '["key"]', '{}', 'NaN', '-0'],
  ...['é', 'e\u0301', 'Key 0.0', 'KEY 0.0', '\u{1f600}', '\u202e', '\ufeff', 'edge/cart/key 0.0'],
  ...['x'.repeat(500), 'é'.repeat(250), `${'x'.repeat(499)}y`],
];

/** Keys that name no actor. */
export const oddKeys: readonly (() => unknown)[] = [
  ...[null, true, false, 0, 5, -1, 1.5, '', [], {}, [null], [''], { id: 'x' }].map(
    (key) => () => key,
  ),
  () => undefined,
  () => 'a\u0000b',
  () => '\u0000',
  () => '\ud800',
  () => 'a\udc00b',
  () => 'x'.repeat(501),
  () => 'é'.repeat(251),
  () => 'x'.repeat(20_000),
];

type Body = { action: unknown; data: Record<string, unknown>; request_id?: unknown };

interface OddIds {
  readonly name: string;
  /** Whether a careful runtime takes the message. */
  readonly isValid: boolean;
  change(
    tag: string,
    properties: MessageProperties,
    body: Body,
  ): { readonly properties: MessageProperties; readonly body: Body };
}

function withProperty(
  name: keyof MessageProperties,
  text: string,
  made: (tag: string) => string,
  isValid: boolean,
): OddIds {
  return {
    name: `${name} ${text}`,
    isValid,
    change: (tag, properties, body) => ({
      properties: { ...properties, [name]: made(tag) },
      body,
    }),
  };
}

function withRequestId(text: string, made: (tag: string) => unknown, isValid: boolean): OddIds {
  return {
    name: `request_id ${text}`,
    isValid,
    change: (tag, { messageId: _id, correlationId: _correlation, ...properties }, body) => ({
      properties,
      body: { ...body, request_id: made(tag) },
    }),
  };
}

/** Text that no compression shortens much. */
function noise(tag: string, length: number): string {
  let text = tag;
  for (let state = 1; text.length < length; ) {
    state = (state * 48_271) % 2_147_483_647;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

export const oddIds: readonly OddIds[] = [
  withProperty('messageId', 'of 255 bytes', (tag) => tag.padEnd(255, 'x'), true),
  withProperty('messageId', 'of 249 bytes', (tag) => tag.padEnd(249, 'x'), true),
  withProperty('messageId', 'with spaces and slashes', (tag) => `${tag} /a /b//`, true),
  withProperty('messageId', 'with two-byte characters', (tag) => `${tag}${'é'.repeat(100)}`, true),
  withProperty('messageId', 'with a NUL', (tag) => `${tag}\u0000`, false),
  withProperty('messageId', 'with a lone surrogate', (tag) => `${tag}\ud800`, false),
  withProperty('messageId', 'that is empty', () => '', true),
  withProperty('messageId', '__proto__', (tag) => `${tag.slice(0, 0)}__proto__`, false),
  withProperty('correlationId', 'of 255 bytes', (tag) => tag.padEnd(255, 'c'), true),
  withProperty('correlationId', 'that is empty', () => '', true),
  withProperty('correlationId', 'with a NUL', () => 'a\u0000b', false),
  withProperty('correlationId', 'with a lone surrogate', () => '\udfff', false),
  withProperty('correlationId', '__proto__', () => '__proto__', true),
  withProperty('appId', 'with a NUL', () => 'a\u0000', false),
  withProperty('appId', 'that is empty', () => '', true),
  withProperty('appId', 'of 255 bytes', () => 'a'.repeat(255), true),
  withRequestId('of 36 bytes', (tag) => tag.padEnd(36, '0'), true),
  withRequestId('of 10000 bytes', (tag) => noise(tag, 10_000), false),
  withRequestId('that is a number', () => 5, true),
  withRequestId('that is an object', () => ({ a: 1 }), true),
  withRequestId('with a NUL', (tag) => `${tag}\u0000`, false),
];

interface OddHeaders {
  readonly name: string;
  /** Whether a careful runtime takes the message. Default: true. */
  readonly isValid?: boolean;
  readonly headers: Readonly<Record<string, unknown>>;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = { in: value };
  return value;
}

/** Headers change nothing of a message whose service reads none. */
export const oddHeaders: readonly OddHeaders[] = [
  { name: 'none', headers: {} },
  { name: 'deadline in words', headers: { deadline: 'tomorrow', 'x-deadline': 'never' } },
  { name: 'deadline in the past', headers: { deadline: 0, deadline_ms: -1 } },
  { name: 'deadline far away', headers: { deadline: 8.64e15 + 1, deadline_ms: 1e300 } },
  { name: 'request_id of another type', headers: { request_id: 5 } },
  { name: 'traceparent that is none', headers: { traceparent: 'zz-zz', tracestate: '=' } },
  { name: 'large', headers: { large: 'h'.repeat(60_000) } },
  {
    name: 'many',
    headers: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`h${n}`, n])),
  },
  { name: 'nested', headers: { deep: nested(50) } },
  { name: 'deaths', headers: { 'x-death': 'no list', 'x-delivery-count': 'many' } },
  {
    name: 'prototype',
    isValid: false,
    headers: JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}'),
  },
  { name: 'NUL', headers: { nul: 'a\u0000b', 'name\u0000': 1 } },
  { name: 'null and lists', headers: { none: null, list: [1, 'a', null, [2]] } },
];

interface OddProperties {
  readonly name: string;
  readonly properties: Partial<MessageProperties>;
}

export const oddProperties: readonly OddProperties[] = [
  { name: 'unknown content type', properties: { contentType: 'application/x-python-serialize' } },
  { name: 'empty content type', properties: { contentType: '' } },
  {
    name: 'content type with parameters',
    properties: { contentType: 'Application/JSON ; charset=utf-8' },
  },
  {
    name: 'content type of another charset',
    properties: { contentType: 'application/json; charset=utf-16' },
  },
  { name: 'plain text', properties: { contentType: 'text/plain' } },
  { name: 'gzip that is none', properties: { contentEncoding: 'gzip' } },
  { name: 'brotli that is none', properties: { contentEncoding: 'br' } },
  { name: 'unknown encoding', properties: { contentEncoding: 'rot13' } },
  { name: 'encoding utf-8', properties: { contentEncoding: 'utf-8' } },
  { name: 'encoding of 255 bytes', properties: { contentEncoding: 'e'.repeat(255) } },
  { name: 'not persistent', properties: { persistent: false } },
  { name: 'priority 255', properties: { priority: 255 } },
  { name: 'timestamp far away', properties: { timestampMs: 8.64e15 } },
  { name: 'type that is no action', properties: { type: '__proto__' } },
];
