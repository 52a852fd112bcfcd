/**
 * Which operations under way stand against another one (protocol.md §4).
 *
 * 1. A saga never stands against itself.
 * 2. On the node itself: D against U and M, U and M against all. From an ancestor: D against U and M.
 * 3. What stands against a create below a node is for its asker to say; here every hold on the node and its ancestors is one.
 */

import type { Hold, LockMode } from '../store.ts';
import type { HierarchyRows } from './rows.ts';

export type Operation = {
  readonly saga: string;
  readonly mode: LockMode;
};

/** Whether a hold on the node itself stands against the operation. */
export function conflictsOn({ saga, mode }: Operation, hold: Hold): boolean {
  return hold.saga !== saga && (mode !== 'D' || hold.mode !== 'D');
}

/** Whether a hold on an ancestor of the node does. */
export function conflictsFromAbove({ saga, mode }: Operation, hold: Hold): boolean {
  return hold.saga !== saga && mode !== 'D' && hold.mode === 'D';
}

/** All holds on these nodes and their ancestors. */
export async function holdsOnAndAbove(
  { ledger }: HierarchyRows,
  ids: readonly string[],
): Promise<readonly Hold[]> {
  return inOrder(await ledger.holdsUpwards(ids));
}

/** The holds that stand against the operation on these nodes. */
export async function conflictingHolds(
  rows: HierarchyRows,
  operation: Operation,
  ids: readonly string[],
): Promise<readonly Hold[]> {
  const own = new Set(ids);
  const holds =
    operation.mode !== 'D' ? await holdsOnAndAbove(rows, ids) : await rows.ledger.holds(ids);
  const conflicts = holds.filter((hold) =>
    (own.has(hold.nodeId) ? conflictsOn : conflictsFromAbove)(operation, hold),
  );
  return inOrder(conflicts);
}

function inOrder(holds: readonly Hold[]): Hold[] {
  const key = (hold: Hold) => `${hold.saga} ${hold.nodeId}`;
  return [...holds].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
