/**
 * Identifiers that are the same again for the same seed and the same times: UUIDv7 with a random
 * part from the seed.
 *
 * Invariants:
 * - Each id is greater than the one before, also within a millisecond and when the clock goes back.
 * - Two generators of one seed give the same ids. Parts that need distinct ids share one generator
 *   or take different seeds.
 */
import { v7 } from 'uuid';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import { seededChance } from './seeded-chance.ts';

/** UUIDv7 with a sequence takes its random part from the last six of sixteen bytes. */
const randomBytes = 16;
const firstRandomByte = 10;

function drawn(chance: Chance): Uint8Array {
  const bytes = new Uint8Array(randomBytes);
  for (let at = firstRandomByte; at < randomBytes; at += 1) bytes[at] = Math.floor(chance() * 256);
  return bytes;
}

/** `seed`: a 32-bit integer. */
export function seededIds(clock: Clock, seed: number): Ids {
  const chance = seededChance(seed);
  let lastMs = 0;
  let sequence = 0;
  return {
    next() {
      const nowMs = Math.max(clock.now(), lastMs);
      sequence = nowMs === lastMs ? sequence + 1 : 0;
      lastMs = nowMs;
      return v7({ msecs: nowMs, seq: sequence, random: drawn(chance) });
    },
  };
}
