import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { decodeBody } from '../../../../runtime/messages/codec.ts';
import type { MessageProperties } from '../../../../runtime/ports/envelope.ts';
import { type ErrorCode, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('compressed bodies');

const limits = { bodyBytes: 1_000, depth: 8, keys: 100 };
const message = { mcard_burn: { card: 'c1', owner: '김' } };
const text = JSON.stringify(message);
/** What kombu 5.2.4 makes of '{"a": 1}' with `compression='gzip'`: it calls zlib.compress. */
const fromKombu = Buffer.from('eJyrVkpUslIwrAUACeUCKQ==', 'base64');

function decoded(body: Uint8Array, properties: Partial<MessageProperties>): Json {
  const all: MessageProperties = {
    persistent: true,
    contentType: 'application/json',
    ...properties,
  };
  return decodeBody(
    { queue: 'q', exchange: 'x', routingKey: 'k', redelivered: false, properties: all, body },
    limits,
  );
}

function refusal(code: ErrorCode, ...words: readonly string[]) {
  return (error: unknown) =>
    error instanceof Refused &&
    error.code === code &&
    words.every((word) => error.message.includes(word));
}

/** A JSON string that becomes exactly so long. */
function jsonOf(bytes: number): string {
  return JSON.stringify('a'.repeat(bytes - 2));
}

test("kombu's application/x-gzip is zlib, and is read", () => {
  const headers = { compression: 'application/x-gzip' };
  assert.equal(decoded(fromKombu, { contentEncoding: 'utf-8', headers }), { a: 1 });
  assert.equal(decoded(deflateSync(text), { contentEncoding: 'utf-8', headers }), message);
});

test('real gzip under the same name is read too', () => {
  assert.equal(
    decoded(gzipSync(text), { headers: { compression: 'application/x-gzip' } }),
    message,
  );
});

test('a content encoding names the method as well, in any case', () => {
  for (const contentEncoding of ['gzip', 'x-gzip', 'GZIP'])
    assert.equal(decoded(gzipSync(text), { contentEncoding }), message);
  for (const contentEncoding of ['deflate', 'zlib'])
    assert.equal(decoded(deflateSync(text), { contentEncoding }), message);
});

test('named in both places, it is refused', () => {
  const properties = { contentEncoding: 'gzip', headers: { compression: 'application/x-gzip' } };
  assert.throws(
    () => decoded(gzipSync(gzipSync(text)), properties),
    refusal('bad-message', 'compressed twice'),
  );
});

test('no compression, and encodings of text, leave the body as it is', () => {
  for (const contentEncoding of ['', 'utf-8', 'UTF-8', 'utf8', 'us-ascii', 'binary', 'identity']) {
    assert.equal(decoded(Buffer.from(text), { contentEncoding }), message);
  }
  for (const compression of [null, '', 'identity'])
    assert.equal(decoded(Buffer.from(text), { headers: { compression } }), message);
});

test('a body of exactly the limit is read, one byte more is refused, in zlib and in gzip', () => {
  for (const compress of [deflateSync, gzipSync]) {
    const headers = { compression: 'gzip' };
    assert.is(decoded(compress(jsonOf(1_000)), { headers }), 'a'.repeat(998));
    assert.throws(
      () => decoded(compress(jsonOf(1_001)), { headers }),
      refusal('body-too-large', '1000 bytes'),
    );
  }
});

test('a bomb is refused without being inflated', () => {
  const bomb = deflateSync(Buffer.alloc(200_000, ' '));
  assert.ok(bomb.byteLength < limits.bodyBytes);
  assert.throws(
    () => decoded(bomb, { headers: { compression: 'application/x-gzip' } }),
    refusal('body-too-large'),
  );
});

test('several gzip members count together', () => {
  const two = Buffer.concat([gzipSync(jsonOf(600)), gzipSync(jsonOf(600))]);
  assert.throws(() => decoded(two, { contentEncoding: 'gzip' }), refusal('body-too-large'));
});

test('a compressed body over the limit is refused as it is', () => {
  assert.throws(
    () => decoded(Buffer.alloc(1_001), { contentEncoding: 'gzip' }),
    refusal('body-too-large', '1001 bytes'),
  );
});

test('any other method is refused by its name', () => {
  for (const compression of [
    'application/x-bz2',
    'application/x-lzma',
    'application/x-brotli',
    'application/zstd',
    'constructor',
  ]) {
    const refused = refusal('bad-message', `the compression '${compression}'`, 'gzip and zlib');
    assert.throws(() => decoded(Buffer.from(text), { headers: { compression } }), refused);
  }
  assert.throws(
    () => decoded(Buffer.from(text), { headers: { compression: ['gzip'] } }),
    refusal('bad-message', '["gzip"]'),
  );
  for (const contentEncoding of ['br', 'utf-16', 'iso-8859-1']) {
    assert.throws(
      () => decoded(brotliCompressSync(text), { contentEncoding }),
      refusal('bad-message', `'${contentEncoding}'`),
    );
  }
});

test('what is not compressed as it says is refused, never parsed as it is', () => {
  const headers = { compression: 'application/x-gzip' };
  const whole = deflateSync(text);
  for (const body of [
    Buffer.from(text),
    deflateRawSync(text),
    whole.subarray(0, whole.byteLength - 6),
    Buffer.alloc(0),
  ]) {
    assert.throws(() => decoded(body, { headers }), refusal('bad-message', "'application/x-gzip'"));
  }
});

test('the content type is checked before anything is inflated', () => {
  const properties = {
    contentType: 'application/x-python-serialize',
    headers: { compression: 'application/x-gzip' },
  };
  assert.throws(
    () => decoded(Buffer.from('no zlib'), properties),
    refusal('bad-message', 'application/x-python-serialize'),
  );
});

test('what is inside is checked like any other body', () => {
  const deep = JSON.stringify([[[[[[[[[1]]]]]]]]]);
  assert.throws(
    () => decoded(deflateSync(deep), { contentEncoding: 'deflate' }),
    refusal('bad-message', 'deeper than 8'),
  );
  assert.throws(
    () => decoded(deflateSync('{'), { contentEncoding: 'deflate' }),
    refusal('bad-message', 'not JSON'),
  );
});

test.run();
