/**
 * In some seeds the configs have rules without code: nodes that are kept (`keep_while`), and
 * references that are taken out (`on_delete: "detach"`). The stream of random numbers is separate, so
 * the rest of a seed's plan does not depend on this draw.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` gets rules, so these seeds keep their worlds.
 */
const rulesStream = 76;
const share = 0.3;

export function withRules(plan: ConsentPlan): ConsentPlan {
  const isRuled = seededChance(plan.seed, rulesStream)() < share;
  return isRuled && plan.shape === 'crossed' && !plan.calm ? { ...plan, shape: 'ruled' } : plan;
}
