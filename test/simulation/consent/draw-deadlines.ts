/**
 * In some seeds the configs give services other times for a vote (`consent.vote_deadline_ms`), not
 * all of them the same. The stream of random numbers is separate, so the rest of a seed's plan does
 * not depend on this draw.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';
import { oneOf } from './draw-tree.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has such times, so these seeds keep their worlds.
 */
const deadlinesStream = 303;
const share = 0.3;
const deadlinesMs = [2_000, 5_000, 30_000] as const;

export function withDeadlines(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, deadlinesStream);
  if (chance() >= share) return plan;
  const drawn = plan.services.map((name) => [name, oneOf(chance, deadlinesMs) ?? 0] as const);
  return { ...plan, voteDeadlinesMs: Object.fromEntries(drawn.filter(() => chance() < 0.7)) };
}
