/**
 * In some seeds a stray node, which no service is asked about, stands below a node for a while. The
 * stray node forbids a decision, and a late stray node forbids the removal after the decision. The stream of random numbers is separate, so the rest of a
 * seed's plan does not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';

/** The stream of the seed for this file; other parts of a plan use the streams before it. */
const straysStream = 11;
const share = 0.2;
const lateShare = 0.6;
const windowMs = 6_000;
const maxMs = 60_000;

export function withStrays(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, straysStream);
  if (plan.calm || chance() >= share) return plan;
  const strays = Array.from(
    { length: between(chance, 1, 2) },
    (_, at): readonly ConsentOperation[] => {
      // An old owner keeps its nodes outside of the tree.
      const node = oneOf(
        chance,
        plan.tree.filter(({ entity }) => entity !== plan.oldOwner),
      );
      if (node === undefined) return [];
      return [
        {
          what: 'stray',
          name: `y${at + 1}`,
          atMs: between(chance, 0, windowMs),
          node: node.name,
          forMs: between(chance, 1, maxMs),
          late: chance() < lateShare,
        },
      ];
    },
  );
  return {
    ...plan,
    operations: [...plan.operations, ...strays.flat()].sort((a, b) => a.atMs - b.atMs),
  };
}
