import { nameProblem } from '../../../../runtime/ports/name-problem.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('name problem');

const thrower = {
  get name(): string {
    throw new Error('a getter');
  },
};
const none: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a list', ['c1']],
  ['a number', 7],
  ['empty text', ''],
  ['text with NUL', 'a\0b'],
  ['a lone surrogate', 'a\uD800'],
  ['text that is too long in UTF-8', 'é'.repeat(6)],
  ['a bigint', 7n],
  ['an object whose getter throws', thrower],
  ['an object without a prototype', Object.create(null)],
];

for (const [what, value] of none)
  test(`${what} is no name, and the problem says what is allowed`, () => {
    assert.match(nameProblem(value, 10) ?? '', /^found .*; allowed is text of 1 to 10 bytes/s);
  });

test('other text is a name, up to the last byte', () => {
  for (const name of ['a', 'a/b', '..', '__proto__', ' ', 'é'.repeat(5), '😀'])
    assert.is(nameProblem(name, 10), undefined);
});

test('the problem shows a long value only in part', () => {
  const value = Array.from({ length: 100 }, () => 'x'.repeat(1_000));
  assert.ok((nameProblem(value, 10) ?? '').length < 250);
});

test.run();
