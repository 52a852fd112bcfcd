/**
 * The write `remove`: the removal of nodes.
 *
 * 1. The nodes and their parents are locked before the nodes below are read, so no node can be
 *    added meanwhile. The read is sent directly after the lock, so both cost one round trip.
 * 2. System and alias nodes are removed with the node above them. Any other node below forbids the
 *    removal. Base nodes stand below the root alone.
 * 3. Exception: a node in `beside` does not forbid the removal, so a cycle through a parent link
 *    ends. The node is re-parented above the removed nodes, under its id where its name is taken,
 *    until its own service removes the node.
 */
import { Broken, Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import type { HierarchyWrites } from '../store.ts';
import { formatDn } from './dn.ts';
import { inIdOrder } from './id-order.ts';
import type { TreeRows } from './rows.ts';
import type { NodeHead } from './tree-node.ts';

export async function remove(
  tree: TreeRows,
  { nodeIds, beside }: HierarchyWrites['remove']['args'],
): Promise<void> {
  const found = await tree.heads(nodeIds);
  const foundIds = found.map((node) => node.id);
  const [nodes, below, attached] = await Promise.all([
    lockWithParents(tree, nodeIds, found),
    tree.entitiesBelow(foundIds),
    tree.walks.attachments(foundIds),
  ]);
  const ids = nodes.map((node) => node.id);
  const going = new Set(ids);
  await hangOthersAbove(tree, othersAmong(beside, going, below), going);
  await tree.remove([...ids, ...attached.map((node) => node.id)]);
  const bereft = nodes.filter((node) => !going.has(node.parentId ?? ''));
  await tree.raiseVersions(parentsOf(bereft));
  await tree.promoteDefaults(parentsOf(bereft.filter((node) => node.isDefault)));
}

/** Asks for the lock before anything else happens. `found`: the nodes before the lock. */
async function lockWithParents(
  tree: TreeRows,
  nodeIds: readonly string[],
  found: readonly NodeHead[],
): Promise<readonly NodeHead[]> {
  const wanted = new Set([...found.map((node) => node.id), ...parentsOf(found)]);
  const locked = await tree.lockHeads([...wanted]);
  const named = new Set(nodeIds);
  const nodes = locked.filter((node) => named.has(node.id));
  const moved = nodes.find((node) => node.parentId !== null && !wanted.has(node.parentId));
  if (moved)
    throw new Conflict('expectation-failed', `node ${moved.id} is being moved`, { at: moved.id });
  return nodes;
}

/** The children of other services. Throws `Refused` for a child that is not in `beside`. */
function othersAmong(
  beside: readonly string[],
  going: ReadonlySet<string>,
  children: readonly ForeignNode[],
): readonly string[] {
  const others = children.filter((child) => !going.has(child.id));
  const known = new Set(beside);
  const [first] = inIdOrder(others.filter(({ id }) => !known.has(id)));
  if (first === undefined) return others.map(({ id }) => id);
  throw new Refused(
    'in-use',
    `${formatDn([first.cn])} (${first.objectClass} ${first.id} of ${first.service}) is still below ${first.parentId}`,
    { at: first.id },
  );
}

async function hangOthersAbove(
  tree: TreeRows,
  otherIds: readonly string[],
  going: ReadonlySet<string>,
): Promise<void> {
  if (otherIds.length === 0) return;
  const others = await tree.lockNodes(otherIds);
  const above = new Map(
    (await tree.walks.lineage([...going])).map(({ id, parentId }) => [id, parentId]),
  );
  for (const node of others) {
    let parentId = node.parentId;
    while (parentId !== null && going.has(parentId)) parentId = above.get(parentId) ?? null;
    if (parentId === null)
      throw new Broken('broken', `nothing is left above node ${node.id}`, { at: node.id });
    const cn = (await tree.named(parentId, node.cn)) === undefined ? node.cn : node.id;
    await tree.replace({ ...node, parentId, cn, isDefault: false });
  }
}

function parentsOf(nodes: readonly NodeHead[]): string[] {
  return [...new Set(nodes.flatMap((node) => node.parentId ?? []))];
}
