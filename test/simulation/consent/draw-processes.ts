/**
 * In the plan of some seeds services have two processes over one journal. From a stream of its own, so that the plans of all other
 * seeds do not depend on it.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';

/** Of the seed; the other parts of a plan take those before it. */
const processesStream = 10;
const share = 0.1;

export function withProcesses(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, processesStream);
  if (chance() >= share) return plan;
  return {
    ...plan,
    processes: Object.fromEntries(
      plan.services.filter(() => chance() < 0.6).map((name) => [name, 2]),
    ),
  };
}
