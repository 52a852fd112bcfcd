/**
 * The write `remove`: the end of nodes.
 *
 * 1. The nodes and their parents are locked before it is looked what stands below, so nothing can be added meanwhile.
 * 2. System and alias nodes go with the node they are below; any other node below, named or not by the saga, stands in the way.
 * 3. Ids that are gone already are tombstoned all the same.
 */
import { Conflict, Refused } from '../../runtime/errors.ts';
import { formatDn } from './dn.ts';
import { engagementStates, type HierarchyRows } from './rows.ts';
import type { HierarchyWrites } from './store.ts';
import { type TreeNode, takesChildren } from './tree-node.ts';

export async function remove(rows: HierarchyRows, { saga, service, nodeIds, atMs }: HierarchyWrites['remove']['args']): Promise<void> {
  const nodes = await lockWithParents(rows, nodeIds);
  const ids = nodes.map((node) => node.id);
  const going = new Set(ids);
  await refuseOthersBelow(rows, going);
  const attached = await rows.tree.attachments(ids);
  await rows.tree.remove([...ids, ...attached.map((node) => node.id)]);
  const bereft = nodes.filter((node) => !going.has(node.parentId ?? ''));
  await rows.tree.raiseEpochs(parentsOf(bereft));
  await rows.tree.promoteDefaults(parentsOf(bereft.filter((node) => node.isDefault)));
  await rows.ledger.bury(nodeIds.map((nodeId) => ({ nodeId, service, saga, atMs })));
  await rows.ledger.disengage({ saga, service, nodeIds }, engagementStates);
}

async function lockWithParents({ tree }: HierarchyRows, nodeIds: readonly string[]): Promise<readonly TreeNode[]> {
  const found = await tree.nodes(nodeIds);
  const wanted = new Set([...found.map((node) => node.id), ...parentsOf(found)]);
  const locked = await tree.lockNodes([...wanted]);
  const named = new Set(nodeIds);
  const nodes = locked.filter((node) => named.has(node.id));
  const moved = nodes.find((node) => node.parentId !== null && !wanted.has(node.parentId));
  if (moved) throw new Conflict('expectation-failed', `node ${moved.id} is being moved`, { at: moved.id });
  return nodes;
}

async function refuseOthersBelow({ tree }: HierarchyRows, going: ReadonlySet<string>): Promise<void> {
  const others = (await tree.children([...going])).filter((child) => takesChildren(child) && !going.has(child.id));
  const [first] = others.sort((a, b) => a.seq - b.seq);
  if (first === undefined) return;
  throw new Refused('in-use', `${formatDn([first.cn])} (${first.objectClass} ${first.id}) is still below ${first.parentId}`, {
    at: first.id,
  });
}

function parentsOf(nodes: readonly TreeNode[]): string[] {
  return [...new Set(nodes.flatMap((node) => node.parentId ?? []))];
}
