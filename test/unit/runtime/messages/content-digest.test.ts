import { contentDigest } from '../../../../runtime/messages/content-digest.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('content digest');

test('the order of keys does not count, at any depth', () => {
  const one = contentDigest('add', { a: 1, b: [{ c: 2, d: 3 }], 10: 'x', 9: 'y' });
  const other = contentDigest('add', { 9: 'y', b: [{ d: 3, c: 2 }], a: 1, 10: 'x' });
  assert.is(one, other);
});

test('an absent member and one that is undefined are the same', () => {
  assert.is(contentDigest('add', { a: 1, b: undefined }), contentDigest('add', { a: 1 }));
});

test('another action, value, order of a list or place is another content', () => {
  const values: readonly Json[] = [
    {},
    [],
    null,
    '',
    { a: 1 },
    { a: '1' },
    { a: [1, 2] },
    { a: [2, 1] },
    { a: { b: 1 }, c: 2 },
    { a: { b: 1, c: 2 } },
    { b: 1, a: { toString: 1 } },
    { b: 1, a: {} },
  ];
  const digests = values.flatMap((value) => [contentDigest('x', value), contentDigest('y', value)]);
  assert.is(new Set(digests).size, digests.length);
});

test.run();
