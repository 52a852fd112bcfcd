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
  const expected = Object.keys(expect?.versions ?? {});
  const locked = await tree.lockNodes([...new Set([...ids, ...expected])]);
  const byId = new Map(locked.map((node) => [node.id, node]));
  compareVersions(byId, expect);
  return byId;
}

/**
 * Locks the nodes with an expected version.
 * @throws Conflict as `lockExpected`
 */
export async function lockVersions(tree: TreeRows, expect: VersionExpectation): Promise<void> {
  const locked = await tree.lockHeads(Object.keys(expect.versions));
  compareVersions(new Map(locked.map((node) => [node.id, node])), expect);
}

function compareVersions(
  nodes: ReadonlyMap<string, { readonly version: number }>,
  expect: VersionExpectation | null,
): void {
  for (const [id, version] of Object.entries(expect?.versions ?? {})) {
    const found = nodes.get(id)?.version;
    if (found !== version)
      throw new Conflict(
        'expectation-failed',
        `node ${id}: version ${version} expected, ${found ?? 'no node'} found`,
        { at: id },
      );
  }
}
