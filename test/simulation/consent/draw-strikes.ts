/**
 * In some seeds a service is retired while it has nodes, and adopts its own nodes later; in some the
 * epilogue lets another service adopt the nodes of a service that is gone. The stream of random
 * numbers is separate, so the rest of a seed's plan does not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` is concerned, so these seeds keep their worlds.
 */
const strikesStream = 155;
const share = 0.25;
const windowMs = 8_000;
const adoptMaxMs = 15_000;

export function withStrikes(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, strikesStream);
  if (chance() >= share || plan.calm || plan.oldOwner !== undefined) return plan;
  const isEpilogue = chance() < 0.5;
  if (isEpilogue) return { ...plan, epilogue: 'successor' };
  // A node that depends on no other service cannot be struck off a list.
  const below = plan.tree.filter(({ parent, references }) => {
    return parent !== undefined || Object.keys(references).length > 0;
  });
  const node = oneOf(chance, below);
  if (node === undefined) return plan;
  const strike: ConsentOperation = {
    ...{ what: 'strike', name: 'i1', entity: node.entity },
    ...{ atMs: between(chance, 0, windowMs), adoptAfterMs: between(chance, 0, adoptMaxMs) },
  };
  const operations = [...plan.operations, strike].sort((a, b) => a.atMs - b.atMs);
  return { ...plan, operations };
}
