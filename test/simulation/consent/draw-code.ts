/**
 * In some worlds the service of one entity has code of somebody's own, as `defineEntity` takes the
 * code. The stream of random numbers is separate, so the rest of a seed's plan does not depend on
 * this draw.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { drawTime } from './draw-orders.ts';
import { oneOf } from './draw-tree.ts';
import { entities, serviceOf } from './entities.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has code, so these seeds keep their worlds.
 */
const codeStream = 5_968;
const share = 0.15;
const updatesMax = 3;

export function withCode(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, codeStream);
  // A service that adopts nodes does not have the code, and a node that the code adopts has no note.
  const isAdopting =
    plan.epilogue === 'successor' || plan.operations.some(({ what }) => what === 'strike');
  if (chance() >= share || isAdopting || plan.calm) return plan;
  const code = oneOf(
    chance,
    entities.filter((one) => plan.services.includes(serviceOf(one)) && one !== plan.oldOwner),
  );
  if (code === undefined) return plan;
  const updates = plan.tree
    .filter(({ entity }) => entity === code)
    .slice(0, updatesMax)
    .map(({ name: node, entity }, at): ConsentOperation => {
      const atMs = drawTime(chance, plan, node);
      return { what: 'update', name: `g${at + 1}`, entity, node, atMs };
    });
  const operations = [...plan.operations, ...updates].sort((a, b) => a.atMs - b.atMs);
  return { ...plan, code, operations };
}
