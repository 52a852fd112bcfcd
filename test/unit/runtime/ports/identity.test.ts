import {
  identityBytesMax,
  identityOf,
  joined,
  partsOf,
} from '../../../../runtime/ports/identity.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('identity');

/** Pieces that an escape, a separator or an encoding could confuse. */
const pieces = [
  '',
  'a',
  '/',
  '%',
  '%2F',
  '%2f',
  'u',
  '2',
  '\0',
  '\uD83D',
  '\uDE00',
  '..',
  '#',
  ' ',
  '%~',
];
const parts = pieces.flatMap((first) => pieces.map((second) => first + second));
const lists = [
  ...parts.map((part) => [part]),
  ...parts.flatMap((part) => pieces.map((other) => [part, other])),
  ...parts.flatMap((part) => pieces.map((other) => [other, part, other])),
];
const different = new Set(lists.map((list) => JSON.stringify(list))).size;

test('different lists of parts have different identities', () => {
  assert.is(new Set(lists.map((list) => identityOf(...list))).size, different);
});

test('different lists of parts have different identities as UTF-8 too', () => {
  const bytes = lists.map((list) => Buffer.from(identityOf(...list)).toString('hex'));
  assert.is(new Set(bytes).size, different);
});

test('joined parts come apart again', () => {
  for (const list of lists) assert.equal(partsOf(joined(list)), list);
});

test('parts without separators, escapes and odd characters stay as they are', () => {
  assert.is(identityOf('orders', 'order', 'seat 12'), 'orders/order/seat 12');
});

test('an identity has no more bytes than the bound, whatever characters it is made of', () => {
  for (const character of ['x', 'é', '€', '😀', '/', '\uD800'])
    for (let length = 1; length < 300; length += 1)
      assert.ok(Buffer.byteLength(identityOf('s', character.repeat(length))) <= identityBytesMax);
});

test('long identities that differ only behind the bound differ', () => {
  const long = 'x'.repeat(identityBytesMax);
  assert.is.not(identityOf(long, '1'), identityOf(long, '2'));
});

test('a long identity begins with its parts', () => {
  assert.ok(identityOf('orders', 'x'.repeat(300)).startsWith('orders/xxx'));
});

test('no identity in full is that of a shortened one', () => {
  const shortened = identityOf('x'.repeat(300));
  assert.is.not(identityOf(shortened), shortened);
});

test.run();
