/**
 * The nodes that repeat the lists of the ledger: each subscription is a node below
 * `cn=subscribers,cn=system,<node>`.
 *
 * 1. A node has at most one such node for each subscriber. Only a later generation replaces the
 *    present one, as in the ledger.
 * 2. The repetition of a list does not change the version of the node.
 */
import { Refused } from '../../../runtime/ports/errors.ts';
import { refuseUnstorable } from '../../consent/storable.ts';
import type { HierarchyWrites } from '../store.ts';
import type { TreeRows } from './rows.ts';
import {
  subscribersIdOf,
  subscriptionNode,
  subscriptionOf,
  systemNodesOf,
  type TreeNode,
  takesChildren,
} from './tree-node.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];

export async function list(
  tree: TreeRows,
  { id, subscriber, ...wanted }: Args<'list'>,
): Promise<void> {
  const { nodeId, generation } = wanted;
  refuseUnstorable([subscriber, wanted.routingKey ?? '']);
  const [locked] = await tree.lockNodes([nodeId]);
  refuseNoNode(nodeId, locked);
  const [existing, listNodes] = await Promise.all([
    tree.named(subscribersIdOf(nodeId), subscriber),
    tree.nodes([subscribersIdOf(nodeId)]),
  ]);
  if (existing !== undefined && subscriptionOf(nodeId, existing).generation > generation) return;
  const node = subscriptionNode(id, { ...wanted, service: subscriber });
  if (existing !== undefined) await tree.replace({ ...existing, attributes: node.attributes });
  else await tree.insert(listNodes.length > 0 ? [node] : [...systemNodesOf(nodeId), node]);
}

/** All nodes at once: the number of statements does not depend on the number of nodes. */
export async function unlist(
  tree: TreeRows,
  { nodeIds, subscriber, generation = Number.POSITIVE_INFINITY }: Args<'unlist'>,
): Promise<void> {
  await tree.lockNodes(nodeIds);
  const found = (await tree.subscriptionNodes(nodeIds)).filter(
    ({ nodeId, node }) =>
      node.cn === subscriber && subscriptionOf(nodeId, node).generation <= generation,
  );
  await tree.remove(found.map(({ node }) => node.id));
}

function refuseNoNode(nodeId: string, node: TreeNode | undefined): void {
  if (node === undefined)
    throw new Refused('not-found', `there is no node ${nodeId}`, { at: nodeId });
  if (!takesChildren(node))
    throw new Refused('wrong-class', `node ${nodeId} belongs to the tree`, { at: nodeId });
}
