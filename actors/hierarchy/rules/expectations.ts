/**
 * The comparison of a write's expectations with the rows, under lock.
 *
 * 1. Rows are locked before the comparison, and compared before any other read. So the rest of the
 *    write sees every commit of the former holder of the lock.
 */
import { Conflict } from '../../../runtime/ports/errors.ts';
import type { VersionExpectation } from '../store.ts';
import type { TreeRows } from './rows.ts';
import type { TreeNode } from './tree-node.ts';

/**
 * Locks these nodes and the nodes with an expected version; returns the present nodes by id.
 * @throws Conflict when a node with an expected version was removed or has another version.
 */
export async function lockExpected(
  tree: TreeRows,
  ids: readonly string[],
  expect: VersionExpectation | null,
): Promise<ReadonlyMap<string, TreeNode>> {
  const versions = Object.entries(expect?.versions ?? {});
  const locked = await tree.lockNodes([...new Set([...ids, ...versions.map(([id]) => id)])]);
  const byId = new Map(locked.map((node) => [node.id, node]));
  for (const [id, version] of versions) {
    const found = byId.get(id)?.version;
    if (found !== version)
      throw new Conflict(
        'expectation-failed',
        `node ${id}: version ${version} expected, ${found ?? 'no node'} found`,
        { at: id },
      );
  }
  return byId;
}
