/**
 * The write `remove`: the removal of nodes.
 *
 * 1. The nodes and their parents are locked before the nodes below are read, so no node can be
 *    added meanwhile.
 * 2. System and alias nodes are removed with the node above them. Any other node below forbids the
 *    removal.
 * 3. Exception: a node that the same saga has decided to delete does not forbid the removal, so a
 *    cycle through a parent link ends. The node is re-parented above the removed nodes, under its
 *    id where its name is taken, until its own service removes the node.
 * 4. Ids of absent nodes are tombstoned too.
 */
import { Broken, Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { HierarchyWrites } from '../store.ts';
import { formatDn } from './dn.ts';
import { engagementStates, type HierarchyRows } from './rows.ts';
import { type TreeNode, takesChildren } from './tree-node.ts';

export async function remove(
  rows: HierarchyRows,
  { saga, service, nodeIds, atMs }: HierarchyWrites['remove']['args'],
): Promise<void> {
  const nodes = await lockWithParents(rows, nodeIds);
  const ids = nodes.map((node) => node.id);
  const going = new Set(ids);
  const [below, attached] = await Promise.all([
    rows.tree.children(ids),
    rows.tree.attachments(ids),
  ]);
  await hangOthersAbove(rows, await othersAmong(rows, saga, going, below), going);
  await rows.tree.remove([...ids, ...attached.map((node) => node.id)]);
  const bereft = nodes.filter((node) => !going.has(node.parentId ?? ''));
  await Promise.all([
    rows.tree.raiseEpochs(parentsOf(bereft)),
    rows.ledger.addTombstones(nodeIds.map((nodeId) => ({ nodeId, service, saga, atMs }))),
    rows.ledger.disengage({ saga, service, nodeIds }, engagementStates),
  ]);
  await rows.tree.promoteDefaults(parentsOf(bereft.filter((node) => node.isDefault)));
}

async function lockWithParents(
  { tree }: HierarchyRows,
  nodeIds: readonly string[],
): Promise<readonly TreeNode[]> {
  const found = await tree.nodes(nodeIds);
  const wanted = new Set([...found.map((node) => node.id), ...parentsOf(found)]);
  const locked = await tree.lockNodes([...wanted]);
  const named = new Set(nodeIds);
  const nodes = locked.filter((node) => named.has(node.id));
  const moved = nodes.find((node) => node.parentId !== null && !wanted.has(node.parentId));
  if (moved)
    throw new Conflict('expectation-failed', `node ${moved.id} is being moved`, { at: moved.id });
  return nodes;
}

/**
 * The foreign children that the same saga removes. Throws `Refused` for any other foreign child.
 */
async function othersAmong(
  { ledger }: HierarchyRows,
  saga: string,
  going: ReadonlySet<string>,
  children: readonly TreeNode[],
): Promise<readonly TreeNode[]> {
  const others = children.filter((child) => takesChildren(child) && !going.has(child.id));
  if (others.length === 0) return [];
  const engaged = await ledger.engagements({ saga, nodeIds: others.map(({ id }) => id) });
  const decided = new Set(
    engaged.filter(({ state }) => state === 'decided').map(({ nodeId }) => nodeId),
  );
  const [first] = others.filter(({ id }) => !decided.has(id)).sort((a, b) => a.seq - b.seq);
  if (first === undefined) return others;
  throw new Refused(
    'in-use',
    `${formatDn([first.cn])} (${first.objectClass} ${first.id}) is still below ${first.parentId}`,
    {
      at: first.id,
    },
  );
}

async function hangOthersAbove(
  { tree }: HierarchyRows,
  others: readonly TreeNode[],
  going: ReadonlySet<string>,
): Promise<void> {
  if (others.length === 0) return;
  await tree.lockNodes(others.map(({ id }) => id));
  const above = new Map((await tree.lineage([...going])).map(({ id, parentId }) => [id, parentId]));
  for (const node of others) {
    let parentId = node.parentId;
    while (parentId !== null && going.has(parentId)) parentId = above.get(parentId) ?? null;
    if (parentId === null)
      throw new Broken('broken', `nothing is left above node ${node.id}`, { at: node.id });
    const cn = (await tree.named(parentId, node.cn)) === undefined ? node.cn : node.id;
    await tree.replace({ ...node, parentId, cn, isDefault: false });
  }
}

function parentsOf(nodes: readonly TreeNode[]): string[] {
  return [...new Set(nodes.flatMap((node) => node.parentId ?? []))];
}
