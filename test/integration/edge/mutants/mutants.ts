/** The known defects of the edge. The fuzzer must catch each of them. */
import { endingMutants } from './ending-mutants.ts';
import { identityMutants } from './identity-mutants.ts';
import type { Mutant } from './mutant.ts';

export const mutants: readonly Mutant[] = [...identityMutants, ...endingMutants];
