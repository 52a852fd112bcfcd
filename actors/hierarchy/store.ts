/**
 * The one tree that all `*_model_crud` services share, and the consent ledger beside it: what the protocol reads and writes.
 *
 * 1. A node is written only by the service that owns its class; reads may cross (wire.md §3).
 * 2. A node's `epoch` rises with every change of its subscribers, with every node added, moved or removed directly below it, and
 *    with every change of its own attributes or place: "nothing has changed since the read" is one comparison.
 * 3. A write that adds to a node locks that node's row, and a freeze locks every row it freezes, in the order of ids: of two that
 *    race, the later one sees the earlier one and throws `Conflict`.
 * 4. `freeze` covers nodes of one service under one saga; freezes of several sagas on one node may coexist in mode `D`.
 * 5. A link (service, upstream node) exists where a service depends on a node it does not own; its `version` rises with every
 *    dependant added, every subscription noted and every promise made or released, so that they cannot pass each other.
 *
 * Ids of nodes are UUIDs in lower case; any other text is the id of no node.
 * The rules stand once, over the port `rows.ts`; adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import type { Read, Write } from '../../runtime/ports/store.ts';
import type { HierarchyReads } from './store-reads.ts';
import type { HierarchyWrites } from './store-writes.ts';

export type * from './states.ts';
export type { HierarchyReads } from './store-reads.ts';
export type { HierarchyWrites } from './store-writes.ts';

export const hierarchyStoreName = 'hierarchy';

/** A typed read of this store. */
export function hierarchyRead<Op extends keyof HierarchyReads>(
  op: Op,
  args: HierarchyReads[Op]['args'],
): Read {
  return { store: hierarchyStoreName, op, args: args };
}

/** A typed write of this store. */
export function hierarchyWrite<Op extends keyof HierarchyWrites>(
  op: Op,
  args: HierarchyWrites[Op]['args'],
  expect: HierarchyWrites[Op]['expect'],
): Write {
  return {
    store: hierarchyStoreName,
    op,
    args: args,
    expect: expect,
  };
}
