/**
 * In some seeds a message to a voter carries few ids (`consent.question_ids_max`), so that a question
 * about several nodes is asked in parts. The stream of random numbers is separate, so the rest of a
 * seed's plan does not depend on this draw.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` asks in parts, so these seeds keep their worlds.
 */
const partsStream = 220;
const share = 0.3;

export function withParts(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, partsStream);
  if (chance() >= share) return plan;
  return { ...plan, questionIdsMax: chance() < 0.5 ? 1 : 2 };
}
