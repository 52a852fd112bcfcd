/**
 * In some seeds a second message comes under the id of a deletion: of the same sender with other
 * content, of another sender, or a resend from another place while the first may be in progress. The
 * stream of random numbers is separate, so the rest of a seed's plan does not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';

type Delete = Extract<ConsentOperation, { readonly what: 'delete' }>;

/** The stream of the seed for this file; other parts of a plan use the streams before it. */
const rivalsStream = 12;
const share = 0.15;
const laterMaxMs = 3_000;
const kinds = ['content', 'sender', 'place'] as const;

export function withRivals(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, rivalsStream);
  if (plan.calm || chance() >= share) return plan;
  const first = oneOf(
    chance,
    plan.operations.filter(
      (operation): operation is Delete => operation.what === 'delete' && !operation.oneWay,
    ),
  );
  const differs = oneOf(chance, kinds);
  if (first === undefined || differs === undefined) return plan;
  const others = plan.tree.filter(
    ({ name, entity }) => entity === first.entity && !first.nodes.includes(name),
  );
  const node = oneOf(chance, others)?.name;
  if (node === undefined && differs !== 'place') return plan;
  const rival: ConsentOperation = {
    what: 'rival',
    name: 'v1',
    atMs: first.atMs + between(chance, 0, laterMaxMs),
    of: first.name,
    entity: first.entity,
    nodes: differs === 'place' || node === undefined ? first.nodes : [node],
    differs,
  };
  return { ...plan, operations: [...plan.operations, rival].sort((a, b) => a.atMs - b.atMs) };
}
