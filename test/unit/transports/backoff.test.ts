import { backoffDelayMs } from '../../../transports/backoff.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('back-off');
const backoff = { firstDelayMs: 100, longestDelayMs: 1_000 };

test('the delay doubles up to the longest', () => {
  const delays = [0, 1, 2, 3, 4, 50].map((attempt) => backoffDelayMs(backoff, attempt, () => 1));
  assert.equal(delays, [100, 200, 400, 800, 1_000, 1_000]);
});

test('chance takes away at most half', () => {
  assert.is(
    backoffDelayMs(backoff, 0, () => 0),
    50,
  );
  assert.is(
    backoffDelayMs(backoff, 0, () => 0.5),
    75,
  );
});

test.run();
