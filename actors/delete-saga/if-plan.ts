/**
 * The condition `if_plan` of a deletion: the nodes and votes of the decision must equal the nodes
 * and votes of the plan. Pure.
 *
 * - A plan whose hash does not fit its content is refused.
 * - A hash alone shows that something differs. With the whole plan the error lists the differences.
 *
 * Boundary: compares inventories. `saga-inventory.ts` says when a saga compares, and with what.
 */
import {
  type Inventory,
  type InventoryDifference,
  type InventoryNode,
  type InventoryVote,
  inventoryDifference,
  inventoryEntries,
  inventoryHash,
} from '../consent/inventory.ts';
import { type IfPlan, planHash, planInventory } from '../consent/plan-schema.ts';
import type { StartProblem } from '../consent/start-problems.ts';

/** The part of a plan that a saga keeps until its decision. */
export type ExpectedPlan = {
  readonly hash: string;
  /** null: the request gave only the hash. */
  readonly lines: Inventory | null;
};

/** The error of a deletion that differs from its plan. */
export type PlanChange = StartProblem & {
  readonly name: 'plan-changed';
  readonly planned: { readonly hash: string };
  readonly found: {
    readonly hash: string;
    readonly nodes: readonly InventoryNode[];
    readonly votes: readonly InventoryVote[];
  };
  /** Only where the request gave the whole plan. */
  readonly difference?: InventoryDifference;
};

export function expectedPlan(given: IfPlan): ExpectedPlan {
  return typeof given === 'string'
    ? { hash: given, lines: null }
    : { hash: given.hash, lines: planInventory(given) };
}

/** `bad-message` for a plan whose hash does not fit its content. */
export function forgedPlanProblem(given: IfPlan | undefined): StartProblem | undefined {
  if (given === undefined || typeof given === 'string' || planHash(given) === given.hash)
    return undefined;
  return {
    code: 400,
    name: 'bad-message',
    message: 'the content of the plan does not have the hash of the plan',
    at: '/data/if_plan/hash',
  };
}

const counted: readonly (readonly [keyof InventoryDifference, string])[] = [
  ['nodesAdded', 'nodes added'],
  ['nodesRemoved', 'nodes removed'],
  ['nodesChanged', 'nodes changed'],
  ['votesAdded', 'votes added'],
  ['votesRemoved', 'votes removed'],
  ['votesChanged', 'votes changed'],
];

function summary(difference: InventoryDifference): string {
  return counted
    .flatMap(([key, noun]) =>
      difference[key].length === 0 ? [] : [`${difference[key].length} ${noun}`],
    )
    .join(', ');
}

/** How the inventory `found` differs from the plan; undefined when both are the same. */
export function planChange(
  { hash, lines }: ExpectedPlan,
  found: Inventory,
): PlanChange | undefined {
  const foundHash = inventoryHash(found);
  if (foundHash === hash) return undefined;
  const { nodes, votes } = inventoryEntries(found);
  const difference = lines === null ? undefined : inventoryDifference(lines, found);
  const differences =
    difference === undefined ? 'plan again to see the differences' : summary(difference);
  return {
    code: 409,
    name: 'plan-changed',
    message: `the deletion differs from its plan: ${differences}`,
    planned: { hash },
    found: { hash: foundHash, nodes, votes },
    ...(difference === undefined ? {} : { difference }),
  };
}
