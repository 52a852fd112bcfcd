/**
 * The pruning of the ledger: tombstones of finished sagas, the links of the tombstoned nodes, notes
 * of refused sagas, and links whose subscription has ended.
 *
 * 1. A link whose subscription has ended is kept as long as a tombstone: until then a late message
 *    may still name the generation of the link, and a new subscription must have a later one.
 */
import type { LedgerRows } from './rows.ts';

/**
 * Removes at most `limit` rows older than `beforeMs`, and the links of removed tombstones. Returns
 * the number of rows.
 */
export async function pruneLedger(
  ledger: LedgerRows,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const tombstones = await ledger.pruneTombstones(beforeMs, limit);
  await ledger.links.drop(tombstones);
  // No service depends on a node that its owner has removed.
  await ledger.links.dropTo(tombstones.flatMap(({ nodeId, removed }) => (removed ? nodeId : [])));
  let pruned = tombstones.length;
  if (pruned < limit) pruned += await ledger.pruneRefused(beforeMs, limit - pruned);
  if (pruned < limit) pruned += await ledger.links.pruneGivenUp(beforeMs, limit - pruned);
  return pruned;
}
