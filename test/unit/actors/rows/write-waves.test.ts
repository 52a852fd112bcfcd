import { ofKind, wavesOf } from '../../../../actors/rows/write-waves.ts';
import { assert, suite } from '../../../support/suite.ts';

type Write = { readonly op: 'add' | 'drop'; readonly id: string };

const test = suite('waves of writes');
const writes: readonly Write[] = [
  { op: 'add', id: 'a' },
  { op: 'add', id: 'b' },
  { op: 'drop', id: 'a' },
  { op: 'add', id: 'a' },
  { op: 'drop', id: 'c' },
];

test('a wave has each row once, and the writes of a row stay in their order', () => {
  const waves = wavesOf(writes, ({ id }) => id);
  assert.equal(
    waves.map((wave) => wave.map(({ op, id }) => `${op} ${id}`)),
    [['add a', 'add b', 'drop c'], ['drop a'], ['add a']],
  );
});

test('no write is no wave', () => {
  assert.equal(
    wavesOf([], () => ''),
    [],
  );
});

test('the writes of a kind come in their order', () => {
  assert.equal(
    ofKind(writes, 'drop').map(({ id }) => id),
    ['a', 'c'],
  );
});

test.run();
