/**
 * The conflicts between an operation and the holds of open operations.
 *
 * 1. A saga never conflicts with itself.
 * 2. On the node itself D conflicts with U and M, and U and M conflict with every mode. From a node
 *    above D conflicts with U and M.
 * 3. The caller decides which holds conflict with a create below a node; the read gives every hold
 *    on the node and the nodes above.
 */

import type { Hold, LockMode } from '../store.ts';
import type { LedgerRows } from './rows.ts';

export type Operation = {
  readonly saga: string;
  readonly mode: LockMode;
};

/** Whether a hold on the node itself conflicts with the operation. */
export function conflictsOn({ saga, mode }: Operation, hold: Hold): boolean {
  return hold.saga !== saga && (mode !== 'D' || hold.mode !== 'D');
}

/** Whether a hold on a node above conflicts with the operation. */
export function conflictsFromAbove({ saga, mode }: Operation, hold: Hold): boolean {
  return hold.saga !== saga && mode !== 'D' && hold.mode === 'D';
}

/** All holds on these nodes, in the order of sagas and nodes. */
export async function holdsOn(
  ledger: LedgerRows,
  ids: readonly string[],
): Promise<readonly Hold[]> {
  return inOrder(await ledger.holds([...new Set(ids)]));
}

/** The holds that conflict with the operation on these nodes. */
export async function conflictingHolds(
  ledger: LedgerRows,
  operation: Operation,
  ids: readonly string[],
  above: readonly string[],
): Promise<readonly Hold[]> {
  const own = new Set(ids);
  const holds = await ledger.holds(operation.mode === 'D' ? ids : [...new Set([...ids, ...above])]);
  const conflicts = holds.filter((hold) =>
    (own.has(hold.nodeId) ? conflictsOn : conflictsFromAbove)(operation, hold),
  );
  return inOrder(conflicts);
}

function inOrder(holds: readonly Hold[]): Hold[] {
  const key = (hold: Hold) => `${hold.saga} ${hold.nodeId}`;
  return [...holds].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
