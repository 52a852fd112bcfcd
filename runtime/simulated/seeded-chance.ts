/**
 * Random numbers that are the same again for the same seed (xoroshiro128+).
 *
 * Invariant: streams of one seed are 2^64 numbers apart, so drawing from one stream changes nothing
 * in another.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import type { Chance } from '../ports/chance.ts';

/** The generator at the beginning of each stream of one seed. */
type Streams = { readonly seed: number; readonly beginnings: JumpableRandomGenerator[] };

/** Of the seed that was asked for last, because a jump costs as much as 128 numbers. */
let last: Streams = streamsOf(0);

function streamsOf(seed: number): Streams {
  return { seed, beginnings: [xoroshiro128plus(seed)] };
}

/** `seed`: a 32-bit integer; `stream`: 0, 1, 2, … */
export function seededChance(seed: number, stream = 0): Chance {
  if (last.seed !== seed) last = streamsOf(seed);
  const generator = beginningOf(stream, last.beginnings).clone();
  return () => uniformFloat64(generator);
}

function beginningOf(
  stream: number,
  beginnings: JumpableRandomGenerator[],
): JumpableRandomGenerator {
  const known = beginnings[stream];
  if (known !== undefined) return known;
  const beginning = beginningOf(stream - 1, beginnings).clone();
  beginning.jump();
  beginnings[stream] = beginning;
  return beginning;
}
