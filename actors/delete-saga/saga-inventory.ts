/**
 * The inventory of a saga: its nodes, and the subscribers that have agreed. Pure.
 *
 * - A planned deletion is compared with its plan after all subscribers have agreed, in the step
 *   that would decide. By then the nodes are frozen and promised and cannot change, and nothing has
 *   been removed.
 * - The inventories of the services below arrive with their votes. Nobody is asked a second time.
 */
import { type Inventory, nodeLine, voteLine } from '../consent/inventory.ts';
import { changesOf } from '../consent/nodes.ts';
import { type PlanChange, planChange } from './if-plan.ts';
import { liveNodes, type RosterNow, type SagaContext, withRoster } from './saga.ts';

/** The own nodes and subscribers of a saga, and the inventories that came with the votes. */
export function inventoryOf(
  service: string,
  context: Pick<SagaContext, 'nodes' | 'gone' | 'subscriptions' | 'votes'>,
): Inventory {
  const live = liveNodes(context);
  const ids = new Set(live.map(({ id }) => id));
  const lists = context.subscriptions.filter(({ nodeId }) => ids.has(nodeId));
  return [
    ...live.map((node) => nodeLine({ service, id: node.id, epoch: changesOf(node) })),
    ...lists.map(({ nodeId, service: voter }) =>
      voteLine({ askedBy: service, nodeId, voter, no: null }),
    ),
    ...context.votes.flatMap(({ engaged = [] }) => engaged),
  ];
}

/** How a saga with the roster `now` differs from its plan; undefined without a plan or a difference. */
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
