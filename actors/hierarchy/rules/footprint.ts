/** The read `footprint`: the number of tree rows that are removed with each of these nodes. */

import type { HierarchyReads } from '../store.ts';
import type { TreeRows } from './rows.ts';

export async function footprint(
  tree: TreeRows,
  { nodeIds }: HierarchyReads['footprint']['args'],
): Promise<HierarchyReads['footprint']['result']> {
  const [nodes, attached] = await Promise.all([
    tree.heads(nodeIds),
    tree.walks.attachments(nodeIds),
  ]);
  const above = new Map(attached.map(({ id, parentId }) => [id, parentId ?? '']));
  const rows = new Map(nodes.map(({ id }) => [id, 1]));
  for (const { id } of attached) {
    let ownerId = id;
    while (above.has(ownerId)) ownerId = above.get(ownerId) ?? '';
    rows.set(ownerId, (rows.get(ownerId) ?? 0) + 1);
  }
  return [...rows]
    .map(([nodeId, count]) => ({ nodeId, rows: count }))
    .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}
