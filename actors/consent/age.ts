/** Which of two operations that exclude each other goes first. Pure. */
import type { Hold } from '../hierarchy/store.ts';

/** Whether it is older than all that stands in its way, of which there is something: then it waits, else it is refused (protocol.md §4). */
export function isOldest(age: string, conflicts: readonly Hold[]): boolean {
  return conflicts.length > 0 && conflicts.every((hold) => age < (hold.age ?? hold.saga));
}
