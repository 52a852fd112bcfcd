/** Pairs of a random machine and random happenings, each run live and stepped. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { compareRuns } from '../../../support/machine-runs.ts';
import {
  type Happening,
  happenings,
  machineSketches,
  type StateSketch,
} from '../../../support/machine-sketch.ts';

export type Pair = readonly [StateSketch, readonly Happening[]];

export interface Difference {
  /** Repeats it: `--seed <seed> --pairs <pairs>`. */
  readonly seed: number;
  /** The smallest pair that shows it. */
  readonly pair: Pair;
}

export async function agrees([sketch, all]: Pair): Promise<boolean> {
  const { live, stepped } = await compareRuns(sketch, all);
  return isDeepStrictEqual(stepped, live);
}

/** Tries so many pairs of this seed, up to the first difference. */
export async function differenceIn(pairs: number, seed: number): Promise<Difference | undefined> {
  const property = fc.asyncProperty(machineSketches, happenings, async (sketch, all) =>
    agrees([sketch, all]),
  );
  const { failed, counterexample, errorInstance } = await fc.check(property, {
    numRuns: pairs,
    seed,
  });
  if (!failed) return undefined;
  if (counterexample === null)
    throw new Error('the pairs could not be drawn', { cause: errorInstance });
  return { seed, pair: counterexample };
}
