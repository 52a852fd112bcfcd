/** Which operations exclude each other, and which of two operations waits. Pure. */
import type { Hold } from './ledger/store.ts';

/**
 * Whether an operation of this age may wait for the holds that exclude the operation: at least one
 * hold exists, and all holds are of younger operations. Any other operation is refused at once. So
 * operations never wait in a circle.
 */
export function mayWaitFor(age: string, holds: readonly Hold[]): boolean {
  return holds.length > 0 && holds.every((hold) => age < (hold.age ?? hold.saga));
}

/**
 * Whether a hold excludes a create below the node `parentId`, or a subscription to that node. A
 * deletion of the node or of an ancestor excludes both, and so does a move of the node.
 */
export function excludesCreate(
  { mode, nodeId }: Pick<Hold, 'mode' | 'nodeId'>,
  parentId: string,
): boolean {
  return mode === 'D' || (mode === 'M' && nodeId === parentId);
}

/** The sagas among the holds that do not exclude a create below `parentId`. */
export function compatibleSagas(holds: readonly Hold[], parentId: string): readonly string[] {
  const excluding = new Set(
    holds.filter((hold) => excludesCreate(hold, parentId)).map(({ saga }) => saga),
  );
  return [...new Set(holds.map(({ saga }) => saga))].filter((saga) => !excluding.has(saga));
}
