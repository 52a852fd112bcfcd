/** Which failpoints a run of the suite tries on a database: a kill there costs seconds, so each run takes others. */
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { SweptDatabase } from './process-sweep.ts';
import { failpointsOf } from './sweep.ts';

const drawn = 2;

export function drawnFailpoints(journal: SweptDatabase, seed: number): readonly FailpointName[] {
  const chance = seededChance(seed);
  const left = [...failpointsOf(journal)];
  return Array.from({ length: drawn }, () =>
    left.splice(Math.floor(chance() * left.length), 1),
  ).flat();
}
