/**
 * The tables of the hierarchy in memory.
 *
 * Invariants:
 * - Every change can be undone, because all tables are `UndoableTable`s.
 * - The index of children follows the nodes.
 */
import { UndoableTable } from '../../../runtime/ports/undo-log.ts';
import type { TreeNode } from '../rules/tree-node.ts';
import type { LinkedNode } from '../store.ts';

/** A link of a node to a linked node, under a name. */
export type LinkRow = LinkedNode & { readonly nodeId: string; readonly name: string };

export class MemoryTables {
  readonly nodes = new UndoableTable<TreeNode>((before, after) => this.#reindex(before, after));
  readonly links = new UndoableTable<LinkRow>();
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
