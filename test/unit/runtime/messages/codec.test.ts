import { checkShape, decodeBody, encodeBody } from '../../../../runtime/messages/codec.ts';
import type { MessageProperties } from '../../../../runtime/ports/envelope.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';
import { delivery } from '../shop.ts';

const test = suite('codec');
const limits = { bodyBytes: 100, depth: 3, keys: 5 };

function refused(body: string, reason: RegExp, properties: Partial<MessageProperties> = {}): void {
  const expected = (error: unknown) =>
    error instanceof Refused && reason.test(`${error.code} ${error.message} ${error.at}`);
  assert.throws(() => decodeBody(delivery(body, properties), limits), expected);
}

test('what is encoded is decoded', () => {
  const body = { action: 'ü', data: [1, null, true] };
  assert.equal(decodeBody({ ...delivery(''), body: encodeBody(body) }, limits), body);
});

test('1: a body over the limit is refused unread', () => {
  refused(`not json ${'x'.repeat(100)}`, /body-too-large .*109 bytes; allowed are 100/);
});

test('1: a body of just the limit is taken', () => {
  assert.is(decodeBody(delivery(JSON.stringify('x'.repeat(98))), limits), 'x'.repeat(98));
});

test('2: what is not JSON is refused', () => {
  refused('{"a":', /bad-message the body is not JSON/);
});

test('2: what is not UTF-8 is refused', () => {
  assert.throws(
    () => decodeBody({ ...delivery(''), body: Uint8Array.of(0x22, 0xff, 0x22) }, limits),
    Refused,
  );
});

test('2: too deep is refused, with where', () => {
  refused('{"a":{"b":{"c":{}}}}', /deeper than 3 \/a\/b\/c/);
});

test('2: as deep as allowed is taken', () => {
  checkShape({ a: { b: { c: 1 } } }, limits);
});

test('2: arrays count for depth', () => {
  refused('[[[[]]]]', /deeper than 3/);
});

test('2: too many keys and elements are refused', () => {
  refused('{"a":[1,2,3,4,5]}', /more than 5 keys/);
});

for (const key of ['__proto__', 'constructor', 'prototype']) {
  test(`2: the key ${key} is refused, with where`, () => {
    refused(`{"a":{"${key}":{}}}`, new RegExp(`'${key}' is not allowed /a/${key}`));
  });
}

test('a content type that is no JSON is refused', () => {
  refused('{}', /application\/x-python-serialize.*not accepted/, {
    contentType: 'application/x-python-serialize',
  });
});

test('a content type with parameters is taken', () => {
  assert.equal(
    decodeBody(delivery('{}', { contentType: 'application/json; charset=utf-8' }), limits),
    {},
  );
});

test('another encoding is refused', () => {
  refused('{}', /'utf-16' is not accepted/, { contentEncoding: 'utf-16' });
});

test.run();
