/**
 * The locks of all writes of one commit, taken before the first write, in the order of ids. A batch
 * holds the writes of several actors, and each write alone locks in this order.
 */
import type { Write } from '../../../runtime/ports/store.ts';
import { isInLockOrder } from '../../consent/lock-order.ts';
import type { HierarchyWrites } from '../store.ts';

type LocksOf<Op extends keyof HierarchyWrites> = (
  args: HierarchyWrites[Op]['args'],
  expect: HierarchyWrites[Op]['expect'],
) => readonly string[];

const locks: { readonly [Op in keyof HierarchyWrites]?: LocksOf<Op> } = {
  add: ({ parentId }, expect) => [parentId, ...Object.keys(expect?.versions ?? {})],
  addAll: ({ adds }) => adds.slice(0, 1).map(({ parentId }) => parentId),
  addAlias: ({ parentId }) => [parentId],
  modify: ({ id, parentId = id }, { versions }) => [id, parentId, ...Object.keys(versions)],
  lock: (_args, { versions }) => Object.keys(versions),
  remove: ({ nodeIds }) => nodeIds,
  list: ({ nodeId }) => [nodeId],
  listAll: ({ subscriptions }) => subscriptions.map(({ nodeId }) => nodeId),
  unlist: ({ nodeIds }) => nodeIds,
};

function locksOf({ op, args, expect = null }: Write): readonly string[] {
  const known = Object.hasOwn(locks, op)
    ? (locks[op as keyof HierarchyWrites] as (args: unknown, expect: unknown) => readonly string[])
    : undefined;
  return known?.(args, expect) ?? [];
}

/** A move locks out other moves before it locks its rows, so a move takes its locks by itself. */
function isMove({ op, args }: Write): boolean {
  return op === 'modify' && (args as HierarchyWrites['modify']['args']).parentId !== undefined;
}

/** Locks the rows, and need not wait for them. */
export interface LockingTree {
  lockAhead(ids: readonly string[]): Promise<void>;
}

export async function lockFirst(tree: LockingTree, writes: readonly Write[]): Promise<void> {
  if (writes.length < 2 || writes.some(isMove)) return;
  const each = writes.map(locksOf);
  if (!isInLockOrder(each)) await tree.lockAhead([...new Set(each.flat())]);
}
