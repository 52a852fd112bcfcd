/** Pairs of a random machine and random happenings, each run live and stepped; every step of the memo is taken by XState too. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { compareRuns } from '../../../support/machine-runs.ts';
import {
  type Happening,
  happenings,
  machineSketches,
  type StateSketch,
} from '../../../support/machine-sketch.ts';
import { ordinarySketches } from '../../../support/ordinary-sketch.ts';
import type { WatchedMemo } from '../../../support/watched-memo.ts';

export type Pair = readonly [StateSketch, readonly Happening[]];

export interface Difference {
  /** Repeats it: `--seed <seed> --pairs <pairs>`. */
  readonly seed: number;
  /** The smallest pair that shows it. */
  readonly pair: Pair;
}

/** Half of the machines have ordinary states only: the memo serves them. */
export const pairs: fc.Arbitrary<Pair> = fc.tuple(
  fc.oneof(machineSketches, ordinarySketches),
  happenings,
);

export async function agrees([sketch, all]: Pair, memo?: WatchedMemo): Promise<boolean> {
  const { live, stepped } = await compareRuns(sketch, all);
  const differs = (memo?.differences.splice(0).length ?? 0) > 0;
  return !differs && isDeepStrictEqual(stepped, live);
}

/** Tries so many pairs of this seed, up to the first difference. */
export async function differenceIn(
  count: number,
  seed: number,
  memo: WatchedMemo,
): Promise<Difference | undefined> {
  const property = fc.asyncProperty(pairs, async (pair) => agrees(pair, memo));
  const { failed, counterexample, errorInstance } = await fc.check(property, {
    numRuns: count,
    seed,
  });
  if (!failed) return undefined;
  if (counterexample === null)
    throw new Error('the pairs could not be drawn', { cause: errorInstance });
  return { seed, pair: counterexample[0] };
}
