/**
 * The tables of the hierarchy in memory.
 *
 * Invariants:
 * - Every change can be undone, because all tables are `UndoableTable`s.
 * - The index of children follows the nodes.
 */
import { UndoableTable } from '../../../runtime/ports/undo-log.ts';
import type { Engagement, LinkRow, Tombstone } from '../rules/rows.ts';
import type { TreeNode } from '../rules/tree-node.ts';
import type { PromiseState, UnheldSaga } from '../store.ts';

export class MemoryTables {
  readonly nodes = new UndoableTable<TreeNode>((before, after) => this.#reindex(before, after));
  readonly engagements = new UndoableTable<Engagement>();
  readonly promises = new UndoableTable<PromiseState>();
  readonly tombstones = new UndoableTable<Tombstone>();
  readonly unheld = new UndoableTable<UnheldSaga>();
  readonly links = new UndoableTable<LinkRow & { readonly service: string }>();
  readonly #children = new Map<string | null, Set<string>>();
  #lastSeq = 0;

  /** A number is never used twice, also not after a rollback. */
  nextSeq(): number {
    this.#lastSeq += 1;
    return this.#lastSeq;
  }

  childrenOf(parentId: string | null): TreeNode[] {
    return [...(this.#children.get(parentId) ?? [])].flatMap((id) => this.nodes.get(id) ?? []);
  }

  #reindex(before: TreeNode | undefined, after: TreeNode | undefined): void {
    if (before !== undefined) this.#children.get(before.parentId)?.delete(before.id);
    if (after === undefined) return;
    const siblings = this.#children.get(after.parentId) ?? new Set();
    this.#children.set(after.parentId, siblings.add(after.id));
  }
}

/** One key for several parts; different parts give different keys. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
