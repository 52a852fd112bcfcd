import type { Clock } from '../../../../runtime/ports/clock.ts';
import { seededIds } from '../../../../runtime/simulated/seeded-ids.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('seeded ids');

/** Ids drawn while time goes on, stands still and goes back. */
function ids(seed: number): string[] {
  let nowMs = Date.UTC(2030, 0, 1);
  const clock: Clock = { now: () => nowMs, after: () => () => undefined };
  const source = seededIds(clock, seed);
  return [0, 0, 5, 0, -3, 1_000].flatMap((stepMs) => {
    nowMs += stepMs;
    return [source.next(), source.next()];
  });
}

test('each is greater than the one before', () => {
  const drawn = ids(7);
  assert.equal([...new Set(drawn)].sort(), drawn);
});

test('they are version 7 with the time in front', () => {
  for (const id of ids(7))
    assert.match(id, /^01b8dac5-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the same seed gives the same, another seed others', () => {
  assert.equal(ids(7), ids(7));
  assert.is(ids(7).filter((id) => ids(8).includes(id)).length, 0);
});

test.run();
