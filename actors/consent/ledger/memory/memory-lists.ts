/**
 * The lists of subscribers in memory: the port `ListRows` over `MemoryLedgerTables`.
 *
 * 1. A lock does nothing: commits run one after another (`memory-ledger-store.ts`).
 */
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import type { ListedSubscription, ListRow, ListRows } from '../rules/rows.ts';
import type { StandingSubscription, Subscription } from '../store.ts';
import { keyOf, type MemoryLedgerTables } from './memory-ledger-tables.ts';

export class MemoryLists implements ListRows {
  readonly #tables: MemoryLedgerTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryLedgerTables, undo: UndoLog) {
    this.#tables = tables;
    this.#undo = undo;
  }

  async changed(nodeIds: readonly string[]): Promise<ListRow[]> {
    return (await this.lock(nodeIds)).filter(({ epoch }) => epoch > 0);
  }

  async lock(nodeIds: readonly string[]): Promise<ListRow[]> {
    return [...new Set(nodeIds)].flatMap((nodeId) => this.#tables.lists.get(nodeId) ?? []);
  }

  async lockAll(nodeIds: readonly string[]): Promise<ListRow[]> {
    for (const nodeId of nodeIds)
      if (this.#tables.lists.get(nodeId) === undefined)
        this.#tables.lists.put(this.#undo, nodeId, { nodeId, epoch: 0 });
    return this.lock(nodeIds);
  }

  async raise(nodeIds: readonly string[]): Promise<void> {
    for (const { nodeId, epoch } of await this.lock(nodeIds))
      this.#tables.lists.put(this.#undo, nodeId, { nodeId, epoch: epoch + 1 });
  }

  async drop(nodeIds: readonly string[]): Promise<void> {
    const subscriptions = await this.subscriptions(nodeIds);
    for (const nodeId of nodeIds) this.#tables.lists.drop(this.#undo, nodeId);
    for (const { nodeId, service } of subscriptions)
      this.#tables.subscriptions.drop(this.#undo, keyOf(nodeId, service));
  }

  async subscriptions(nodeIds: readonly string[]): Promise<Subscription[]> {
    return [...new Set(nodeIds)].flatMap((nodeId) =>
      this.#tables
        .subscriptionsOf(nodeId)
        .map(({ owner: _owner, ...subscription }) => subscription),
    );
  }

  /** No clock is here, so no subscription has a time. */
  async standing(nodeIds: readonly string[]): Promise<StandingSubscription[]> {
    return [...new Set(nodeIds)].flatMap((nodeId) =>
      this.#tables.subscriptionsOf(nodeId).map((row) => ({ ...row, sinceMs: null })),
    );
  }

  async put(subscriptions: readonly ListedSubscription[]): Promise<void> {
    for (const row of subscriptions)
      this.#tables.subscriptions.put(this.#undo, keyOf(row.nodeId, row.service), row);
  }

  async hand(nodeIds: readonly string[], owner: string): Promise<void> {
    const rows = [...new Set(nodeIds)].flatMap((id) => this.#tables.subscriptionsOf(id));
    await this.put(rows.map((row) => ({ ...row, owner })));
  }

  async dropSubscriptions(nodeIds: readonly string[], subscriber: string): Promise<void> {
    for (const nodeId of nodeIds)
      this.#tables.subscriptions.drop(this.#undo, keyOf(nodeId, subscriber));
  }

  async subscribedTo(owner: string | null, subscriber: string): Promise<string[]> {
    return [...this.#tables.subscriptions.values()]
      .filter((row) => (owner === null || row.owner === owner) && row.service === subscriber)
      .map(({ nodeId }) => nodeId);
  }
}
