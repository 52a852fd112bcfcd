/**
 * The pruning of the ledger: tombstones of finished sagas, the links of the tombstoned nodes, and
 * notes of refused sagas.
 */
import type { LedgerRows } from './rows.ts';

/**
 * Removes at most `limit` rows older than `beforeMs`, and the links of these rows. Returns the
 * number of rows.
 */
export async function pruneLedger(
  ledger: LedgerRows,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const tombstones = await ledger.pruneTombstones(beforeMs, limit);
  await ledger.dropLinks(tombstones);
  const left = limit - tombstones.length;
  return tombstones.length + (left > 0 ? await ledger.pruneRefused(beforeMs, left) : 0);
}
