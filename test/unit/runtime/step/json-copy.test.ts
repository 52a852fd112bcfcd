/** Copies of JSON. */
import { copyOf } from '../../../../runtime/step/json-copy.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('copies of JSON');

test('a copy is equal and shares nothing', () => {
  const original = { list: [1, { deep: 'x' }], none: null, yes: true };
  const copy = copyOf(original);
  assert.equal(copy, original);
  assert.is.not(copy, original);
  assert.is.not(copy.list, original.list);
  assert.is.not(copy.list[1], original.list[1]);
});

test('a key that is undefined is left out, as in text', () => {
  assert.equal(Object.keys(copyOf({ there: 1, gone: undefined })), ['there']);
});

test('a key may have any name', () => {
  const copy = copyOf(JSON.parse('{"__proto__": ["own"], "toString": 1}'));
  assert.equal(JSON.stringify(copy), '{"__proto__":["own"],"toString":1}');
});

test.run();
