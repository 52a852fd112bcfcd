/**
 * In the plan of some seeds services have two processes over one journal. The stream of random
 * numbers is separate, so the plans of other seeds do not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';

/** The stream of the seed for this file; other parts of a plan use the streams before it. */
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
