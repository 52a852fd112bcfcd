/** What the ledger forgets with time: tombstones of sagas that are through, and which sagas were refused. */
import type { LedgerRows } from './rows.ts';

/** Removes at most `limit` rows older than that; says how many. */
export async function pruneLedger(ledger: LedgerRows, beforeMs: number, limit: number): Promise<number> {
  const buried = await ledger.pruneTombstones(beforeMs, limit);
  return buried + (buried < limit ? await ledger.pruneRefused(beforeMs, limit - buried) : 0);
}
