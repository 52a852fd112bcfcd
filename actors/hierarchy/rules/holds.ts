/**
 * The conflicts between an operation and the holds of open operations.
 *
 * 1. A saga never conflicts with itself.
 * 2. On the node itself D conflicts with U and M, and U and M conflict with every mode. From an
 *    ancestor D conflicts with U and M.
 * 3. The caller decides which holds conflict with a create below a node; the read gives every hold
 *    on the node and its ancestors.
 */

import type { Hold, LockMode } from '../store.ts';
import type { HierarchyRows } from './rows.ts';

export type Operation = {
  readonly saga: string;
  readonly mode: LockMode;
};

/** Whether a hold on the node itself conflicts with the operation. */
export function conflictsOn({ saga, mode }: Operation, hold: Hold): boolean {
  return hold.saga !== saga && (mode !== 'D' || hold.mode !== 'D');
}

/** Whether a hold on an ancestor of the node conflicts with the operation. */
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

/** The holds that conflict with the operation on these nodes. */
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
