/** What the ledger forgets with time: tombstones of sagas that are through, links to what they took, and which sagas were refused. */
import type { HierarchyRows } from './rows.ts';

/** Removes at most `limit` rows older than that, beside the links that go with them; says how many. */
export async function pruneLedger(
  { tree, ledger }: HierarchyRows,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const buried = await ledger.pruneTombstones(beforeMs, limit);
  const standing = new Set(
    (await tree.nodes(buried.map(({ nodeId }) => nodeId))).map(({ id }) => id),
  );
  await ledger.dropLinks(buried.filter(({ nodeId }) => !standing.has(nodeId)));
  return (
    buried.length +
    (buried.length < limit ? await ledger.pruneRefused(beforeMs, limit - buried.length) : 0)
  );
}
