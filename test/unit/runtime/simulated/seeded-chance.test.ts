import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { seededChance } from '../../../../runtime/simulated/seeded-chance.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('seeded chance');

function draws(seed: number, stream?: number): number[] {
  const chance = seededChance(seed, stream);
  return Array.from({ length: 1_000 }, () => chance());
}

test('the same seed gives the same numbers, another seed and another stream others', () => {
  assert.equal(draws(1), draws(1));
  assert.equal(draws(1, 2), draws(1, 2));
  const firsts = [draws(1), draws(2), draws(1, 1), draws(1, 2)].map(([first]) => first);
  assert.is(new Set(firsts).size, firsts.length);
});

test('the numbers of a stream do not depend on the streams that were drawn before', () => {
  const third = draws(5, 3);
  assert.equal(draws(5, 1), draws(5, 1));
  draws(6, 3);
  assert.equal(draws(5, 3), third);
  const generator = xoroshiro128plus(5);
  for (let jumps = 0; jumps < 3; jumps += 1) generator.jump();
  assert.is(uniformFloat64(generator), third[0]);
});

test('the numbers are at least 0, below 1, and spread over all of it', () => {
  const tenths = new Set(draws(3).map((number) => Math.floor(number * 10)));
  assert.equal(
    [...tenths].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test.run();
