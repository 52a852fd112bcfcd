/**
 * Random numbers that are the same again for the same seed (xoroshiro128+).
 *
 * Invariant: streams of one seed are 2^64 numbers apart, so drawing from one stream changes nothing
 * in another.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Chance } from '../ports/chance.ts';

/** `seed`: a 32-bit integer; `stream`: 0, 1, 2, … */
export function seededChance(seed: number, stream = 0): Chance {
  const generator = xoroshiro128plus(seed);
  for (let jumps = 0; jumps < stream; jumps += 1) generator.jump();
  return () => uniformFloat64(generator);
}
