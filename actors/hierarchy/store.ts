/**
 * The port to the tree that all `*_model_crud` services share.
 *
 * 1. A node is written only by the service that owns its class. Any service may read any node.
 * 2. A node's `version` rises with every node added, moved or removed directly below it, and with
 *    every change of its own attributes or place. So one comparison shows that nothing changed
 *    since the read.
 * 3. A write that adds to a node locks the node's row, and `lock` locks every row, in the order of
 *    ids. Of two concurrent writes, the later one sees the earlier one and throws `Conflict`.
 * 4. The tree knows no sagas. Holds, subscribers and promises stand in the consent ledger, which is
 *    written in the same commits. The nodes `cn=subscribers,cn=system` show the lists to readers of
 *    the tree.
 *
 * Ids of nodes are UUIDs in lower case. Any other text is the id of no node. The rules (`rules/`)
 * work over the port `rules/rows.ts`. Adapters: `memory/`, `sql/`; one contract suite for both.
 */
import type { Read, Write } from '../../runtime/ports/store.ts';
import type { HierarchyReads } from './store-reads.ts';
import type { HierarchyWrites } from './store-writes.ts';

export type * from './states.ts';
export type { HierarchyReads } from './store-reads.ts';
export type { HierarchyWrites } from './store-writes.ts';

export const hierarchyStoreName = 'hierarchy';

/** The form of `after`: `prsIndex`, which may be absent, and the order of creation. */
export const placePattern = '^(-?[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]{1,3})?)?:[0-9]{1,15}$';

/** A typed read of this store. */
export function hierarchyRead<Op extends keyof HierarchyReads>(
  op: Op,
  args: HierarchyReads[Op]['args'],
): Read {
  return { store: hierarchyStoreName, op, args };
}

/** A typed write of this store. */
export function hierarchyWrite<Op extends keyof HierarchyWrites>(
  op: Op,
  args: HierarchyWrites[Op]['args'],
  expect: HierarchyWrites[Op]['expect'],
): Write {
  return { store: hierarchyStoreName, op, args, expect };
}
