import { milliseconds } from '../../../testing/duration.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('duration');

test('a number is milliseconds', () => {
  assert.is(milliseconds(0), 0);
  assert.is(milliseconds(1_500), 1_500);
});

test('text has a unit', () => {
  assert.equal(
    ['250 ms', '10 s', '1.5 min', '2 h', '10s'].map(milliseconds),
    [250, 10_000, 90_000, 7_200_000, 10_000],
  );
});

test('what is no length of time is refused, with what is allowed', () => {
  for (const wrong of ['10', '10 sec', '-1 s', '', 's', -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => milliseconds(wrong),
      /a duration is milliseconds from 0, or text such as '250 ms'/,
    );
  }
});

test.run();
