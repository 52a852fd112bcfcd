/**
 * The nodes that mirror the lists of the ledger for readers of the tree: each subscription is a
 * node below `cn=subscribers,cn=system,<node>`.
 *
 * 1. A node has at most one subscription node for each subscriber. Only a later generation replaces
 *    it, as in the ledger.
 * 2. A change of these nodes does not change the version of the node.
 */
import { Refused } from '../../../runtime/ports/errors.ts';
import { identityOf } from '../../../runtime/ports/identity.ts';
import { refuseUnstorable } from '../../consent/storable.ts';
import type { HierarchyWrites } from '../store.ts';
import type { TreeRows } from './rows.ts';
import {
  type NewNode,
  subscribersIdOf,
  subscriptionNode,
  subscriptionOf,
  systemNodesOf,
  type TreeNode,
  takesChildren,
} from './tree-node.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];

export function list(tree: TreeRows, subscription: Args<'list'>): Promise<void> {
  return listAll(tree, { subscriptions: [subscription] });
}

/** All nodes at once: the number of statements does not depend on the number of nodes. */
export async function listAll(
  tree: TreeRows,
  { subscriptions: wanted }: Args<'listAll'>,
): Promise<void> {
  for (const { subscriber, routingKey = '' } of wanted) refuseUnstorable([subscriber, routingKey]);
  const nodeIds = [...new Set(wanted.map(({ nodeId }) => nodeId))];
  const locked = new Map((await tree.lockNodes(nodeIds)).map((node) => [node.id, node]));
  for (const nodeId of nodeIds) refuseNoNode(nodeId, locked.get(nodeId));
  const listIds = nodeIds.map(subscribersIdOf);
  const [found, listNodes] = await Promise.all([
    tree.namedAmong(listIds, [...new Set(wanted.map(({ subscriber }) => subscriber))]),
    tree.heads(listIds),
  ]);
  const there = new Set(listNodes.map(({ id }) => id));
  const existing = new Map(found.map((node) => [identityOf(node.parentId ?? '', node.cn), node]));
  const added: NewNode[] = nodeIds.flatMap((nodeId) =>
    there.has(subscribersIdOf(nodeId)) ? [] : systemNodesOf(nodeId),
  );
  const renewed: TreeNode[] = [];
  for (const { id, subscriber, ...one } of wanted) {
    const present = existing.get(identityOf(subscribersIdOf(one.nodeId), subscriber));
    const node = subscriptionNode(id, { ...one, service: subscriber });
    if (present === undefined) added.push(node);
    else if (subscriptionOf(one.nodeId, present).generation <= one.generation)
      renewed.push({ ...present, attributes: node.attributes });
  }
  if (added.length > 0) await tree.insert(added);
  await tree.replaceAttributes(renewed);
}

/** All nodes at once: the number of statements does not depend on the number of nodes. */
export async function unlist(
  tree: TreeRows,
  { nodeIds, subscriber, generation = Number.POSITIVE_INFINITY }: Args<'unlist'>,
): Promise<void> {
  await tree.lockNodes(nodeIds);
  const found = (await tree.namedAmong(nodeIds.map(subscribersIdOf), [subscriber])).filter(
    (node) => subscriptionOf(node.id, node).generation <= generation,
  );
  await tree.remove(found.map(({ id }) => id));
}

function refuseNoNode(nodeId: string, node: TreeNode | undefined): void {
  if (node === undefined)
    throw new Refused('not-found', `there is no node ${nodeId}`, { at: nodeId });
  if (!takesChildren(node))
    throw new Refused('wrong-class', `node ${nodeId} belongs to the tree`, { at: nodeId });
}
