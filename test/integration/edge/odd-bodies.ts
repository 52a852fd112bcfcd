/** Bodies of strangers: bytes that are no JSON, and JSON that is no message. Written by hand. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { MessageProperties } from '../../../runtime/ports/envelope.ts';
import { bodyBytesMax } from './edge-services.ts';

type Body = { action: unknown; data: Record<string, unknown> };

interface OddBody {
  readonly name: string;
  /** Whether a careful runtime takes the message. */
  readonly isValid?: boolean;
  change(
    body: Body,
    properties: MessageProperties,
  ): { readonly body: Uint8Array; readonly properties?: MessageProperties };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value) ?? '');
}

/** The text of the body with an addition behind the opening bracket of `data`. */
function withMember(body: Body, member: string): Uint8Array {
  return Buffer.from(JSON.stringify(body).replace('"data":{', `"data":{${member},`));
}

function asText(name: string, textOf: (body: Body) => string): OddBody {
  return { name, change: (body) => ({ body: Buffer.from(textOf(body)) }) };
}

function asValue(name: string, made: (body: Body) => unknown): OddBody {
  return { name, change: (body) => ({ body: json(made(body)) }) };
}

function withAddition(name: string, member: string, isValid = false): OddBody {
  return { name, isValid, change: (body) => ({ body: withMember(body, member) }) };
}

function compressed(
  name: string,
  contentEncoding: string,
  bytesOf: (plain: Uint8Array) => Uint8Array,
  isValid: boolean,
): OddBody {
  return {
    name,
    isValid,
    change: (body, properties) => ({
      body: bytesOf(json(body)),
      properties: { ...properties, contentEncoding },
    }),
  };
}

const nestedLists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

export const oddBodies: readonly OddBody[] = [
  asText('empty', () => ''),
  asText('not JSON', (body) => `${JSON.stringify(body)},`),
  asText('cut off', (body) => JSON.stringify(body).slice(0, -3)),
  asText('byte order mark', (body) => `\ufeff${JSON.stringify(body)}`),
  asText('two documents', (body) => `${JSON.stringify(body)}\n${JSON.stringify(body)}`),
  {
    name: 'no UTF-8',
    change: (body) => ({ body: Buffer.concat([json(body), Buffer.from([255])]) }),
  },
  { name: 'UTF-16', change: (body) => ({ body: Buffer.from(JSON.stringify(body), 'utf16le') }) },
  { name: 'bytes', change: ({ data }) => ({ body: Buffer.from(`\u0000\u0001${data['tag']}`) }) },
  asValue('null', () => null),
  asValue('a list', (body) => [body]),
  asValue('a text', (body) => JSON.stringify(body)),
  asValue('a number', () => 5),
  asValue('no action', ({ data }) => ({ data })),
  asValue('action that is no text', ({ data }) => ({ action: ['add'], data })),
  asValue('unknown action', ({ data }) => ({ action: 'no such action', data })),
  asValue('action constructor', ({ data }) => ({ action: 'constructor', data })),
  asValue('action __proto__', ({ data }) => ({ action: '__proto__', data })),
  asValue('action of XState', ({ data }) => ({ action: 'xstate.done.actor.work', data })),
  asValue('action with a NUL', ({ data }) => ({ action: 'add\u0000', data })),
  asValue('data that is null', ({ data }) => ({ action: 'add', data: null, tag: data['tag'] })),
  asValue('data that is a list', ({ data }) => ({ action: 'add', data: [data] })),
  asValue('data that is a text', ({ data }) => ({ action: 'add', data: data['tag'] })),
  asValue('no data', ({ data }) => ({ action: 'add', tag: data['tag'] })),
  asValue('secret that is no text', ({ action, data }) => ({
    action,
    data: { ...data, secret: { a: [1] } },
  })),
  withAddition('member __proto__', '"__proto__":{"a":1}'),
  withAddition('member constructor', '"constructor":{"prototype":{"a":1}}'),
  withAddition(
    'member of the runtime',
    '"$":{"atMs":1,"message":{"replyTo":null}},"type":"x"',
    true,
  ),
  withAddition('NaN', '"n":NaN'),
  withAddition('an integer that is not safe', '"n":9007199254740993'),
  withAddition('a number that overflows', '"n":1e400'),
  withAddition('a long fraction', '"n":0.1234567890123456789012345678901234567890'),
  withAddition('a safe number with an exponent', '"n":1e3', true),
  withAddition('a member twice', '"n":1,"n":2'),
  withAddition('NUL', '"n":"a\\u0000b","m\\u0000":1'),
  withAddition('lone surrogate', '"n":"\\ud800"'),
  withAddition('lone surrogate as a name', '"\\udc00":1'),
  withAddition('nested 31', `"n":${nestedLists(29)}`, true),
  withAddition('nested 40', `"n":${nestedLists(40)}`),
  withAddition('nested 20000', `"n":${nestedLists(20_000)}`),
  withAddition('many members', `"n":[${'0,'.repeat(3_000)}0]`),
  withAddition('a large text', `"n":"${'x'.repeat(bodyBytesMax / 2)}"`, true),
  withAddition('too large', `"n":"${'x'.repeat(bodyBytesMax)}"`),
  withAddition('a script of another direction', '"n":"\\u202e\\u0007\\u001b[2J"', true),
  compressed('gzip', 'gzip', gzipSync, true),
  compressed('deflate', 'deflate', deflateSync, false),
  compressed('brotli', 'br', brotliCompressSync, false),
  compressed('gzip, cut off', 'gzip', (plain) => gzipSync(plain).subarray(0, -6), false),
  compressed('gzip twice', 'gzip', (plain) => gzipSync(gzipSync(plain)), false),
  compressed('gzip of much', 'gzip', () => gzipSync(Buffer.alloc(bodyBytesMax * 20, 32)), false),
  compressed('gzip with the wrong name', 'GZIP', gzipSync, false),
];
