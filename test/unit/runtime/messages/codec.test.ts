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

test('a body over the limit is refused unread', () => {
  refused(`not json ${'x'.repeat(100)}`, /body-too-large .*109 bytes; allowed are 100/);
});

test('a body of just the limit is taken', () => {
  assert.is(decodeBody(delivery(JSON.stringify('x'.repeat(98))), limits), 'x'.repeat(98));
});

test('what is not JSON is refused', () => {
  refused('{"a":', /bad-message the body is not JSON/);
});

test('what is not UTF-8 is refused', () => {
  assert.throws(
    () => decodeBody({ ...delivery(''), body: Uint8Array.of(0x22, 0xff, 0x22) }, limits),
    Refused,
  );
});

test('too deep is refused, with where', () => {
  refused('{"a":{"b":{"c":{}}}}', /deeper than 3 \/a\/b\/c/);
});

test('as deep as allowed is taken', () => {
  checkShape({ a: { b: { c: 1 } } }, limits);
});

test('arrays count for depth', () => {
  refused('[[[[]]]]', /deeper than 3/);
});

test('too many keys and elements are refused', () => {
  refused('{"a":[1,2,3,4,5]}', /body-too-large .*more than 5 keys/);
});

for (const key of ['__proto__', 'constructor', 'prototype']) {
  test(`the key ${key} is refused, with where`, () => {
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

test('text/plain is a text, even if the text looks like JSON', () => {
  for (const text of ['file:///a', '{"action":"x"}', '"quoted"', '12', ''])
    for (const contentType of ['text/plain', 'Text/Plain; charset=utf-8'])
      assert.is(decodeBody(delivery(text, { contentType }), limits), text);
});

test('a text that is no UTF-8 is refused', () => {
  const { properties } = delivery('', { contentType: 'text/plain' });
  assert.throws(
    () => decodeBody({ ...delivery(''), properties, body: Uint8Array.of(0xff) }, limits),
    (error: unknown) => error instanceof Refused && /not UTF-8/.test(error.message),
  );
});

for (const [text, at] of [
  ['9007199254740992', ''],
  ['{"a":{"b":[1,-9007199254740993]}}', '/a/b/1'],
  ['{"n":12345678901234567890}', '/n'],
  ['[1,{"x/y":1e999}]', '/1/x~1y'],
  ['{"a":"]1,2[","b" : -1.5E+400}', '/b'],
  ['[[],{},[0, 1e309]]', '/2/1'],
] as const) {
  test(`a number that a JSON reader changes is refused with its place: ${text}`, () => {
    refused(text, new RegExp(`bad-message a JSON reader changes the number .* ${at}$`));
  });
}

test('a number that keeps its value is taken', () => {
  const numbers = [9007199254740991, -9007199254740991, 1.5e300, 1e20, 0.12345678901234568];
  const body = JSON.stringify({ a: [...numbers.map(String), 'x: 1e999, 99999999999999999999'] });
  const given = '[9007199254740991,-9007199254740991,1.5e300,1e20,0.1234567890123456789]';
  const wide = { ...limits, keys: 20, bodyBytes: 1000 };
  assert.equal(decodeBody(delivery(given), wide), numbers);
  assert.equal(decodeBody(delivery(body), wide), JSON.parse(body));
});

test('a negative zero is zero, wherever it stands', () => {
  const decoded = decodeBody(delivery('{"a":[-0,-0.00,-0e5],"b":-0,"c":-0.5}'), {
    ...limits,
    keys: 20,
  });
  assert.is(JSON.stringify(decoded), '{"a":[0,0,0],"b":0,"c":-0.5}');
  const zeros = Object.values(decoded as object).flat();
  assert.not(zeros.some((zero) => Object.is(zero, -0)));
  assert.ok(Object.is(decodeBody(delivery('-0'), limits), 0));
});

test('a lone surrogate is refused with its place, and a pair is taken', () => {
  refused('{"a":["\\ud83d\\ude00","\\udc00"]}', /bad-message .*lone surrogate.* \/a\/1$/);
  refused('{"\\ud800":1}', /bad-message .*key with a lone surrogate/);
  assert.equal(decodeBody(delivery('["\\ud83d\\ude00"]'), limits), ['😀']);
});

test('another encoding is refused', () => {
  refused('{}', /'utf-16' is not accepted/, { contentEncoding: 'utf-16' });
});

test('headers: a message whose headers cannot be read is refused with the reason', () => {
  refused('{}', /nested deeper/, { unreadableHeaders: 'the headers are nested deeper than 100' });
});

test.run();
