/**
 * In some seeds nodes are copied, mostly such as have nodes of their entity below, and often while a
 * node is deleted that a node below refers to. The stream of random numbers is separate, so the rest
 * of a seed's plan does not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan, PlannedNode } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';
import { parents } from './entities.ts';

/** The stream of the seed for this file. */
const copiesStream = 4_001;
const share = 0.3;
const windowMs = 8_000;
const meetingShare = 0.6;
/** From the request of a deletion on. */
const meetingMs = 120;

export function withCopies(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, copiesStream);
  if (plan.calm || chance() >= share) return plan;
  // An old owner copies nothing.
  const nodes = plan.tree.filter(({ entity }) => entity !== plan.oldOwner);
  const withBelow = nodes.filter(({ name, entity }) =>
    nodes.some((node) => node.parent === name && node.entity === entity),
  );
  const copies = Array.from(
    { length: between(chance, 1, 3) },
    (_, at): readonly ConsentOperation[] => {
      const meeting =
        chance() < meetingShare ? oneOf(chance, meetings(plan, withBelow)) : undefined;
      if (meeting !== undefined) {
        const { copied, atMs } = meeting;
        const { name: node, entity } = copied;
        const soonMs = atMs + between(chance, 0, meetingMs);
        return [{ what: 'copy', name: `k${at + 1}`, atMs: soonMs, entity, node }];
      }
      const node = oneOf(chance, chance() < 0.7 && withBelow.length > 0 ? withBelow : nodes);
      if (node === undefined) return [];
      const { entity } = node;
      const parent = oneOf(
        chance,
        nodes.filter((one) => parents[entity].includes(one.entity)),
      );
      const below = parent === undefined || chance() < 0.3 ? {} : { parent: parent.name };
      const atMs = between(chance, 0, windowMs);
      return [{ what: 'copy', name: `k${at + 1}`, atMs, entity, node: node.name, ...below }];
    },
  );
  return {
    ...plan,
    operations: [...plan.operations, ...copies.flat()].sort((a, b) => a.atMs - b.atMs),
  };
}

/** The deletions of nodes that a node below a copied one refers to. */
function meetings(
  { tree, operations }: ConsentPlan,
  withBelow: readonly PlannedNode[],
): readonly { readonly copied: PlannedNode; readonly atMs: number }[] {
  return operations.flatMap((operation) => {
    if (operation.what !== 'delete') return [];
    const gone = new Set(operation.nodes);
    const refers = ({ references, later }: PlannedNode) =>
      Object.values({ ...references, ...later }).some((name) => gone.has(name));
    return withBelow
      .filter(({ name, entity }) =>
        tree.some((node) => node.parent === name && node.entity === entity && refers(node)),
      )
      .map((copied) => ({ copied, atMs: operation.atMs }));
  });
}
