/**
 * The rules of the participant's rows: open orders forbid a decision, an order is opened only
 * with a live subscription and without a promise, and the orders of a node are cleaned up exactly
 * once, in the commit that says done.
 */

import type { Problem } from '../../../testing/simulation/system.ts';
import type { ConsentRun } from './consent-run.ts';
import { entities, serviceOf } from './entities.ts';
import { listOf, promisesOf } from './lists.ts';
import { idOf } from './names.ts';
import { countsUpdates, isOpen, ordersName } from './orders.ts';
import type { Rule } from './rule.ts';

const openedWithoutPromise: Rule = {
  name: 'promise kept',
  holds: (event, run) => {
    if (event.what !== 'order opened') return undefined;
    const { id, nodeId } = event.order;
    const broken = promisesOf(run).find(
      (row) => row.service === ordersName && row.nodeId === nodeId,
    );
    return broken && `the order ${id} is opened, and ${nodeId} is promised to ${broken.saga}`;
  },
};

const openedWithSubscription: Rule = {
  name: 'no orphan',
  holds: (event, run) => {
    if (event.what !== 'order opened') return undefined;
    const { id, nodeId } = event.order;
    if (!run.chronicle.isThere(nodeId))
      return `the order ${id} is opened, and its node ${nodeId} is gone`;
    const isListed = listOf(run.ledger, nodeId).some(({ service }) => service === ordersName);
    return isListed
      ? undefined
      : `the order ${id} is opened, and ${ordersName} is not on the list of ${nodeId}`;
  },
};

const nothingOpenHangs: Rule = {
  name: 'no orphan',
  holds: (event, { orderBook }) => {
    if (event.what !== 'removed') return undefined;
    const [open] = orderBook.openOf([event.nodeId]);
    return open && `${event.nodeId} is removed, and the order ${open.id} is open`;
  },
};

const openOrdersForbid: Rule = {
  name: 'veto respected',
  holds: (event, { ledger, orderBook }) => {
    if (event.what !== 'decided' || event.story.verb !== 'delete') return undefined;
    const { saga } = event.story;
    const engaged = [...ledger.engagements.values()].filter((row) => row.saga === saga);
    const [open] = orderBook.openOf(new Set(engaged.map(({ nodeId }) => nodeId)));
    return open && `${saga} was decided, and the order ${open.id} of ${open.nodeId} is open`;
  },
};

const cleanedByRight: Rule = {
  name: 'removed by right',
  holds: (event, { chronicle }) => {
    if (event.what !== 'order cleaned') return undefined;
    const { order, saga, again } = event;
    if (again) return `the order ${order.id} is cleaned up a second time`;
    if (saga === undefined)
      return `the order ${order.id} is cleaned up in a commit that does not say done of ${order.nodeId}`;
    return chronicle.story(saga).decisions > 0
      ? undefined
      : `the order ${order.id} is cleaned up under ${saga}, which is not decided`;
  },
};

const doneIsClean: Rule = {
  name: 'forgets last',
  holds: (event, run) => {
    if (event.what !== 'orders done') return undefined;
    const { saga, verb, nodeId, cleaned } = event;
    const wanted = run.orderBook
      .of(nodeId)
      .filter(({ id, archived }) =>
        verb === 'delete' ? !archived : countsUpdatesOf(run, nodeId) && !cleaned.includes(id),
      );
    return wanted.length === 0
      ? undefined
      : `${ordersName} is done with ${nodeId} for ${saga}, and not with ${wanted.map(({ id }) => id).join(', ')}`;
  },
};

function countsUpdatesOf({ tables }: ConsentRun, nodeId: string): boolean {
  const owner = tables.nodes.get(nodeId)?.service;
  const entity = entities.find((one) => serviceOf(one) === owner);
  return entity !== undefined && countsUpdates(entity);
}

export const orderRules: readonly Rule[] = [
  openedWithoutPromise,
  openedWithSubscription,
  nothingOpenHangs,
  openOrdersForbid,
  cleanedByRight,
  doneIsClean,
];

/**
 * At the end the participant stands on no list of a node whose last order was dropped or moved.
 * Where a request about the node failed, the subscription of the request stays. An old owner
 * takes no `unsubscribe`.
 */
export function leftNodesAreGivenBack(run: ConsentRun): Problem {
  const { plan, results, orderBook, ledger } = run;
  const failed = new Set(
    plan.operations.flatMap((one) =>
      one.what === 'order' && results.get(one.name)?.ok !== true ? idOf(one.node) : [],
    ),
  );
  const ofOldOwner = new Set(
    plan.tree.filter(({ entity }) => entity === plan.oldOwner).map(({ name }) => idOf(name)),
  );
  const kept = orderBook.left.find(
    (nodeId) =>
      !failed.has(nodeId) &&
      !ofOldOwner.has(nodeId) &&
      orderBook.of(nodeId).length === 0 &&
      listOf(ledger, nodeId).some(({ service }) => service === ordersName),
  );
  return kept && `no order depends on ${kept}, and ${ordersName} is on its list`;
}

/** At the end no order outlives its node unarchived, and each order of a live node is on its list. */
export function ordersAgree({ plan, chronicle, ledger, orderBook }: ConsentRun): Problem {
  if (!plan.services.includes(ordersName)) return undefined;
  for (const order of orderBook.orders.values()) {
    const { id, nodeId, archived } = order;
    if (archived) continue;
    if (!chronicle.isThere(nodeId))
      return `the ${isOpen(order) ? 'open' : 'closed'} order ${id} names ${nodeId}, which is gone`;
    if (!listOf(ledger, nodeId).some(({ service }) => service === ordersName))
      return `the order ${id} names ${nodeId}, and ${ordersName} is not on its list`;
  }
  return undefined;
}
