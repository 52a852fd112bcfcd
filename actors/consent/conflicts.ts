/** Which operations exclude each other where a node is created, and which of two goes first (protocol.md §4). Pure. */
import type { Hold } from '../hierarchy/store.ts';

/** Whether it is older than all that stands in its way, of which there is something: then it waits, else it is refused (protocol.md §4). */
export function isOldest(age: string, conflicts: readonly Hold[]): boolean {
  return conflicts.length > 0 && conflicts.every((hold) => age < (hold.age ?? hold.saga));
}

/** Whether a hold stands against a creation or a subscription at a node: a deletion of it or above it, and its own move. */
export function standsAgainstCreation(
  { mode, nodeId }: Pick<Hold, 'mode' | 'nodeId'>,
  at: string,
): boolean {
  return mode === 'D' || (mode === 'M' && nodeId === at);
}

/** The sagas whose holds were read and do not stand against it. */
export function compatibleSagas(holds: readonly Hold[], at: string): readonly string[] {
  const against = new Set(
    holds.filter((hold) => standsAgainstCreation(hold, at)).map(({ saga }) => saga),
  );
  return [...new Set(holds.map(({ saga }) => saga))].filter((saga) => !against.has(saga));
}
