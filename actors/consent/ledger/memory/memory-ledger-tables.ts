/**
 * The tables of the ledger in memory.
 *
 * Invariants:
 * - Every change can be undone, because all tables are `UndoableTable`s.
 * - The index of subscriptions by node follows the subscriptions.
 */
import { UndoableTable } from '../../../../runtime/ports/undo-log.ts';
import type { Engagement, LinkRow, ListRow } from '../rules/rows.ts';
import type { OpenRetention, PromiseState, Subscription, Tombstone, UnheldSaga } from '../store.ts';

/** `owner`: the service of the node. */
export type SubscriptionRow = Subscription & { readonly owner: string };

/**
 * `givenUpAtMs`: the time at which the last subscription ended; absent while a subscription stands.
 */
type StoredLink = LinkRow & { readonly service: string; readonly givenUpAtMs?: number };

export class MemoryLedgerTables {
  readonly lists = new UndoableTable<ListRow>();
  readonly subscriptions = new UndoableTable<SubscriptionRow>((before, after) =>
    this.#reindex(before, after),
  );
  readonly engagements = new UndoableTable<Engagement>();
  readonly promises = new UndoableTable<PromiseState>();
  readonly tombstones = new UndoableTable<Tombstone>();
  readonly retentions = new UndoableTable<OpenRetention>();
  readonly unheld = new UndoableTable<UnheldSaga>();
  readonly links = new UndoableTable<StoredLink>();
  readonly #byNode = new Map<string, Map<string, SubscriptionRow>>();

  subscriptionsOf(nodeId: string): readonly SubscriptionRow[] {
    return [...(this.#byNode.get(nodeId)?.values() ?? [])];
  }

  #reindex(before: SubscriptionRow | undefined, after: SubscriptionRow | undefined): void {
    if (before !== undefined) {
      const list = this.#byNode.get(before.nodeId);
      list?.delete(before.service);
      if (list?.size === 0) this.#byNode.delete(before.nodeId);
    }
    if (after === undefined) return;
    const list = this.#byNode.get(after.nodeId) ?? new Map();
    this.#byNode.set(after.nodeId, list.set(after.service, after));
  }
}

/** One key for several parts; different parts give different keys. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
