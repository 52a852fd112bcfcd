/**
 * A process that runs the seeds of its parent's orders, one order after another, until the parent
 * disconnects.
 */
import { runSeeds, type SeedOptions } from '../../../testing/simulation/simulate-system.ts';
import { consentSystem } from './consent-system.ts';
import { mutants } from './mutants/mutants.ts';

export interface Order {
  readonly seeds: readonly number[];
  readonly mutant: string | undefined;
  readonly options: SeedOptions;
}

process.on('message', ({ seeds, mutant, options }: Order) => {
  const defect = mutants.find(({ name }) => name === mutant);
  void runSeeds(consentSystem(defect), seeds, options).then((runs) => process.send?.(runs));
});
