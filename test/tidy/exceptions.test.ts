import { assert, suite } from '../support/suite.ts';
import { circleDisagreements, disagreements } from './exceptions.ts';

const test = suite('tidy: exceptions');

test('findings and list agree when they are the same set', () => {
  assert.equal(disagreements(['a', 'b'], ['b', 'a']), []);
  assert.equal(disagreements([], []), []);
});

test('a finding that is not listed and an entry without a finding are reported', () => {
  const lines = disagreements(['a', 'b'], ['b', 'c']);
  assert.is(lines.length, 2);
  assert.is(lines[0], 'a');
  assert.match(lines[1] ?? '', /take this entry out .*: c$/);
});

test('a circle agrees with the list that contains all its members', () => {
  assert.equal(circleDisagreements([['a', 'b']], [['a', 'b']]), []);
  assert.equal(
    circleDisagreements(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [['a', 'b', 'c', 'd']],
    ),
    [],
  );
});

test('a circle across two lists is reported', () => {
  const lists = [
    ['a', 'b'],
    ['c', 'd'],
  ];
  assert.equal(circleDisagreements([['a', 'b', 'c', 'd']], lists), ['circle: a ↔ b ↔ c ↔ d']);
});

test('each member that left its circle is reported', () => {
  const lines = circleDisagreements([['a', 'b']], [['a', 'b', 'c']]);
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? '', /: c$/);
});

test.run();
