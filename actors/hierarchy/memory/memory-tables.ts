/**
 * The tables of the hierarchy in memory: maps of immutable rows, every change of which can be
 * undone.
 *
 * 1. Only `put` and `drop` change a map. Each registers its undo; the undos, last first, restore
 *    the former state.
 * 2. The index of children follows the nodes.
 */
import type { UndoLog } from '../../../runtime/ports/store.ts';
import type { Engagement, LinkRow, Tombstone } from '../rules/rows.ts';
import type { TreeNode } from '../rules/tree-node.ts';
import type { PromiseState, UnheldSaga } from '../store.ts';

export class MemoryTable<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #onChange: (before: Row | undefined, after: Row | undefined) => void;

  constructor(
    onChange: (before: Row | undefined, after: Row | undefined) => void = () => undefined,
  ) {
    this.#onChange = onChange;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  put(undo: UndoLog, key: string, row: Row): void {
    this.#change(undo, key, row);
  }

  drop(undo: UndoLog, key: string): void {
    this.#change(undo, key, undefined);
  }

  #change(undo: UndoLog, key: string, after: Row | undefined): void {
    const before = this.#rows.get(key);
    this.#set(key, before, after);
    undo.onRollback(() => this.#set(key, after, before));
  }

  #set(key: string, before: Row | undefined, after: Row | undefined): void {
    if (after === undefined) this.#rows.delete(key);
    else this.#rows.set(key, after);
    this.#onChange(before, after);
  }
}

export class MemoryTables {
  readonly nodes = new MemoryTable<TreeNode>((before, after) => this.#reindex(before, after));
  readonly engagements = new MemoryTable<Engagement>();
  readonly promises = new MemoryTable<PromiseState>();
  readonly tombstones = new MemoryTable<Tombstone>();
  readonly unheld = new MemoryTable<UnheldSaga>();
  readonly links = new MemoryTable<LinkRow & { readonly service: string }>();
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
