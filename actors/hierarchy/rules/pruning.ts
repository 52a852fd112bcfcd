/**
 * The pruning of the ledger: tombstones of finished sagas, links to their nodes, and notes of
 * refused sagas.
 */
import type { HierarchyRows } from './rows.ts';

/**
 * Removes at most `limit` rows older than `beforeMs`, and the links of these rows. Returns the
 * number of rows.
 */
export async function pruneLedger(
  { tree, ledger }: HierarchyRows,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const tombstonedNodes = await ledger.pruneTombstones(beforeMs, limit);
  const standing = new Set(
    (await tree.nodes(tombstonedNodes.map(({ nodeId }) => nodeId))).map(({ id }) => id),
  );
  await ledger.dropLinks(tombstonedNodes.filter(({ nodeId }) => !standing.has(nodeId)));
  return (
    tombstonedNodes.length +
    (tombstonedNodes.length < limit
      ? await ledger.pruneRefused(beforeMs, limit - tombstonedNodes.length)
      : 0)
  );
}
