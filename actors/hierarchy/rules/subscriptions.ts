/**
 * The subscriptions of nodes, each stored as a node below `cn=subscribers,cn=system,<node>`.
 *
 * 1. A node has at most one subscription for each subscriber. Only a later generation replaces the
 *    present subscription.
 * 2. Every change of a node's subscriptions raises the node's epoch, under its row's lock.
 */
import { Refused } from '../../../runtime/ports/errors.ts';
import type { HierarchyWrites, Subscription } from '../store.ts';
import { refuseUnstorable } from './attributes.ts';
import { expectUnheld, lockExpected } from './expectations.ts';
import type { HierarchyRows } from './rows.ts';
import {
  subscribersIdOf,
  subscriptionNode,
  subscriptionOf,
  systemNodesOf,
  type TreeNode,
  takesChildren,
} from './tree-node.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];

/** The subscriptions of these nodes, in the order of node ids, then of subscribers. */
export async function subscriptionsOf(
  { tree }: HierarchyRows,
  nodeIds: readonly string[],
): Promise<readonly Subscription[]> {
  const found = (await tree.subscriptionNodes(nodeIds)).map(({ nodeId, node }) =>
    subscriptionOf(nodeId, node),
  );
  const key = (one: Subscription) => `${one.nodeId} ${one.service}`;
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export async function subscribe(
  rows: HierarchyRows,
  { id, subscriber, despite, ...wanted }: Args<'subscribe'>,
  expect: HierarchyWrites['subscribe']['expect'],
): Promise<void> {
  const { nodeId, generation } = wanted;
  refuseUnstorable([subscriber, wanted.routingKey ?? '']);
  refuseNoNode(nodeId, (await lockExpected(rows, [nodeId], expect)).get(nodeId));
  const [, existing, list] = await Promise.all([
    despite === undefined ? undefined : expectUnheld(rows, nodeId, despite),
    rows.tree.named(subscribersIdOf(nodeId), subscriber),
    rows.tree.nodes([subscribersIdOf(nodeId)]),
  ]);
  if (existing !== undefined && subscriptionOf(nodeId, existing).generation > generation) return;
  const node = subscriptionNode(id, { ...wanted, service: subscriber });
  if (existing !== undefined) await rows.tree.replace({ ...existing, attributes: node.attributes });
  else await rows.tree.insert(list.length > 0 ? [node] : [...systemNodesOf(nodeId), node]);
  await rows.tree.raiseEpochs([nodeId]);
}

export async function unsubscribe(
  rows: HierarchyRows,
  { nodeId, subscriber, generation }: Args<'unsubscribe'>,
): Promise<void> {
  await rows.tree.lockNodes([nodeId]);
  const existing = await rows.tree.named(subscribersIdOf(nodeId), subscriber);
  if (existing === undefined || subscriptionOf(nodeId, existing).generation > generation) return;
  await rows.tree.remove([existing.id]);
  await rows.tree.raiseEpochs([nodeId]);
}

/** All subscriptions at once: the number of statements does not depend on the number of nodes. */
export async function retire(
  rows: HierarchyRows,
  { subscriber, nodeIds }: Args<'retire'>,
): Promise<void> {
  await rows.tree.lockNodes(nodeIds);
  const found = (await rows.tree.subscriptionNodes(nodeIds)).filter(
    ({ node }) => node.cn === subscriber,
  );
  await rows.tree.remove(found.map(({ node }) => node.id));
  await rows.tree.raiseEpochs(found.map(({ nodeId }) => nodeId));
}

function refuseNoNode(nodeId: string, node: TreeNode | undefined): void {
  if (node === undefined)
    throw new Refused('not-found', `there is no node ${nodeId}`, { at: nodeId });
  if (!takesChildren(node))
    throw new Refused('wrong-class', `node ${nodeId} belongs to the tree`, { at: nodeId });
}
