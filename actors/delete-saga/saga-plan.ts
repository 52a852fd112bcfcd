/**
 * A deletion that is made only if it is still what was planned (`if_plan`). Pure.
 *
 * 1. It is compared when all have agreed, upon the list of now and in the step that would decide: what was frozen and promised by then
 *    cannot change any more, and nothing has been removed.
 * 2. What stands below comes with the real votes; nobody is asked twice.
 * 3. A hash alone tells that something is different; with the plan itself the answer says what.
 */
import {
  type Inventory,
  type InventoryDifference,
  type InventoryNode,
  type InventoryVote,
  inventoryDifference,
  inventoryEntries,
  inventoryHash,
  nodeLine,
  voteLine,
} from '../consent/inventory.ts';
import { type IfPlan, planHash, planInventory } from '../consent/plan-schema.ts';
import type { StartProblem } from '../consent/start-problems.ts';
import { liveNodes, type RosterNow, type SagaContext, withRoster } from './saga.ts';

/** What of a plan is kept until the decision. */
export interface KeptPlan {
  readonly hash: string;
  /** null: only the hash was given. */
  readonly lines: Inventory | null;
}

/** The error of a deletion that is no longer what was planned. */
export interface PlanChange extends StartProblem {
  readonly name: 'plan-changed';
  readonly planned: { readonly hash: string };
  readonly found: {
    readonly hash: string;
    readonly nodes: readonly InventoryNode[];
    readonly votes: readonly InventoryVote[];
  };
  /** Where the plan itself was given. */
  readonly difference?: InventoryDifference;
}

export function keptPlan(given: IfPlan): KeptPlan {
  return typeof given === 'string'
    ? { hash: given, lines: null }
    : { hash: given.hash, lines: planInventory(given) };
}

/** A plan that is not the one its hash is of. */
export function forgedPlanProblem(given: IfPlan | undefined): StartProblem | undefined {
  if (given === undefined || typeof given === 'string' || planHash(given) === given.hash)
    return undefined;
  return {
    code: 400,
    name: 'bad-message',
    message: 'the plan is not the one its hash is of',
    at: '/data/if_plan/hash',
  };
}

/** What a saga takes along, and who has agreed to it: its own, and what came with the votes. */
export function inventoryOf(
  service: string,
  context: Pick<SagaContext, 'nodes' | 'gone' | 'subscriptions' | 'votes'>,
): Inventory {
  const live = liveNodes(context);
  const ids = new Set(live.map(({ id }) => id));
  const lists = context.subscriptions.filter(({ nodeId }) => ids.has(nodeId));
  return [
    ...live.map(({ id, epoch }) => nodeLine({ service, id, epoch })),
    ...lists.map(({ nodeId, service: voter }) =>
      voteLine({ askedBy: service, nodeId, voter, no: null }),
    ),
    ...context.votes.flatMap(({ engaged = [] }) => engaged),
  ];
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
    .flatMap(([key, what]) =>
      difference[key].length === 0 ? [] : [`${difference[key].length} ${what}`],
    )
    .join(', ');
}

/** How what would go differs from what was planned; undefined when it does not. */
export function planChange({ hash, lines }: KeptPlan, now: Inventory): PlanChange | undefined {
  const foundHash = inventoryHash(now);
  if (foundHash === hash) return undefined;
  const difference = lines === null ? undefined : inventoryDifference(lines, now);
  const what =
    difference === undefined ? 'plan again to see what is different' : summary(difference);
  return {
    ...{
      code: 409,
      name: 'plan-changed',
      message: `the deletion is no longer what was planned: ${what}`,
    },
    ...{ planned: { hash }, found: { hash: foundHash, ...inventoryEntries(now) } },
    ...(difference === undefined ? {} : { difference }),
  };
}

/** The same of a saga with the list of now, when it would decide. */
export function planChangeNow(
  service: string,
  context: SagaContext,
  now: RosterNow,
): PlanChange | undefined {
  const { ifPlan } = context;
  return ifPlan === undefined
    ? undefined
    : planChange(ifPlan, inventoryOf(service, { ...context, ...withRoster(context, now) }));
}
