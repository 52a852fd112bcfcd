/**
 * The consent ledger in memory: the port `LedgerRows` over `MemoryLedgerTables`.
 *
 * 1. A lock does nothing: commits run one after another (`memory-ledger-store.ts`).
 */
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import type { Engagement, EngagementSelection, LedgerRows } from '../rules/rows.ts';
import type { EngagementState, Hold, PromiseState, Tombstone, UnheldSaga } from '../store.ts';
import { keyOf, type MemoryLedgerTables } from './memory-ledger-tables.ts';
import { MemoryLinks } from './memory-links.ts';
import { MemoryLists } from './memory-lists.ts';
import { MemoryRetentions } from './memory-retentions.ts';

export class MemoryLedger implements LedgerRows {
  readonly lists: MemoryLists;
  readonly links: MemoryLinks;
  readonly retentions: MemoryRetentions;
  readonly #tables: MemoryLedgerTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryLedgerTables, undo: UndoLog) {
    this.lists = new MemoryLists(tables, undo);
    this.links = new MemoryLinks(tables, undo);
    this.retentions = new MemoryRetentions(tables, undo);
    this.#tables = tables;
    this.#undo = undo;
  }

  async holds(nodeIds: readonly string[]): Promise<Hold[]> {
    const wanted = new Set(nodeIds);
    return [...this.#tables.engagements.values()]
      .filter((row) => wanted.has(row.nodeId))
      .map(holdOf);
  }

  async staying(saga: string, nodeIds: readonly string[]): Promise<string[]> {
    const holds = (await this.holds(nodeIds)).filter(
      (hold) => hold.saga === saga || hold.state === 'decided',
    );
    const going = new Set(holds.map(({ nodeId }) => nodeId));
    return [...new Set(nodeIds)].filter((id) => !going.has(id));
  }

  async engagements(selection: EngagementSelection): Promise<Hold[]> {
    return this.#selected(selection).map(holdOf);
  }

  async engagementsOf(service: string, saga?: string): Promise<Engagement[]> {
    return [...this.#tables.engagements.values()].filter(
      (row) => row.service === service && (saga ?? row.saga) === row.saga,
    );
  }

  async engage(nodeIds: readonly string[], engagement: Omit<Engagement, 'nodeId'>): Promise<void> {
    const raises = engagement.state === 'promised';
    for (const nodeId of nodeIds) {
      const row = { nodeId, ...engagement };
      const existing = this.#tables.engagements.get(engagementKey(row));
      if (existing === undefined) this.#tables.engagements.put(this.#undo, engagementKey(row), row);
      else if (raises && existing.state === 'asking' && existing.service === row.service)
        this.#tables.engagements.put(this.#undo, engagementKey(row), {
          ...existing,
          state: 'promised',
        });
    }
  }

  async advance(
    selection: EngagementSelection,
    from: readonly EngagementState[],
    to: EngagementState,
  ): Promise<void> {
    const rows = this.#selected(selection).filter((row) => from.includes(row.state));
    for (const row of rows)
      this.#tables.engagements.put(this.#undo, engagementKey(row), { ...row, state: to });
  }

  async disengage(
    selection: EngagementSelection,
    states: readonly EngagementState[],
  ): Promise<void> {
    const rows = this.#selected(selection).filter((row) => states.includes(row.state));
    for (const row of rows) this.#tables.engagements.drop(this.#undo, engagementKey(row));
  }

  async tombstones(nodeIds: readonly string[]): Promise<Tombstone[]> {
    const wanted = new Set(nodeIds);
    return [...this.#tables.tombstones.values()].filter((row) => wanted.has(row.nodeId));
  }

  async addTombstones(
    nodeIds: readonly string[],
    tombstone: Omit<Tombstone, 'nodeId'>,
  ): Promise<void> {
    for (const nodeId of nodeIds) {
      const row = { nodeId, ...tombstone };
      const key = tombstoneKey(row);
      const existing = this.#tables.tombstones.get(key);
      if (existing === undefined || (row.removed && !existing.removed))
        this.#tables.tombstones.put(this.#undo, key, {
          ...(existing ?? row),
          removed: row.removed,
        });
    }
  }

  async pruneTombstones(beforeMs: number, limit: number): Promise<Tombstone[]> {
    const live = new Set(
      [...this.#tables.engagements.values(), ...this.#tables.promises.values()].map(
        ({ saga }) => saga,
      ),
    );
    const kept = new Set([...this.#tables.retentions.values()].map(tombstoneKey));
    const old = [...this.#tables.tombstones.values()]
      .filter((row) => row.atMs < beforeMs && !live.has(row.saga))
      .filter((row) => !kept.has(tombstoneKey(row)))
      .slice(0, limit);
    for (const row of old) this.#tables.tombstones.drop(this.#undo, tombstoneKey(row));
    return old;
  }

  async waiting(service: string, saga?: string): Promise<UnheldSaga[]> {
    const waiting = [...this.#tables.unheld.values()].filter(({ state }) => state === 'waiting');
    return waiting.filter((row) => row.service === service && (saga ?? row.saga) === row.saga);
  }

  async refused(service: string, saga: string): Promise<UnheldSaga | undefined> {
    const row = this.#tables.unheld.get(keyOf(saga, service));
    return row?.state === 'refused' ? row : undefined;
  }

  async noteUnheld(row: UnheldSaga): Promise<void> {
    this.#tables.unheld.put(this.#undo, keyOf(row.saga, row.service), row);
  }

  async dropWaiting(saga: string, service: string): Promise<void> {
    const key = keyOf(saga, service);
    if (this.#tables.unheld.get(key)?.state === 'waiting')
      this.#tables.unheld.drop(this.#undo, key);
  }

  async pruneRefused(beforeMs: number, limit: number): Promise<number> {
    const old = [...this.#tables.unheld.values()]
      .filter((row) => row.state === 'refused' && row.atMs < beforeMs)
      .slice(0, limit);
    for (const row of old) this.#tables.unheld.drop(this.#undo, keyOf(row.saga, row.service));
    return old.length;
  }

  async promises(service: string | null, nodeIds: readonly string[]): Promise<PromiseState[]> {
    const wanted = new Set(nodeIds);
    return [...this.#tables.promises.values()].filter(
      (row) => (service ?? row.service) === row.service && wanted.has(row.nodeId),
    );
  }

  async promisesOf(service: string, saga?: string): Promise<PromiseState[]> {
    return [...this.#tables.promises.values()].filter(
      (row) => row.service === service && (saga ?? row.saga) === row.saga,
    );
  }

  async promise(nodeIds: readonly string[], promise: Omit<PromiseState, 'nodeId'>): Promise<void> {
    for (const nodeId of nodeIds) {
      const row = { nodeId, ...promise };
      const existing = this.#tables.promises.get(promiseKey(row));
      if (existing?.state !== 'ok')
        this.#tables.promises.put(this.#undo, promiseKey(row), {
          ...row,
          mode: existing?.mode ?? row.mode,
        });
    }
  }

  async dropPromises(saga: string, service: string, nodeIds: readonly string[]): Promise<void> {
    for (const nodeId of nodeIds)
      this.#tables.promises.drop(this.#undo, promiseKey({ saga, service, nodeId }));
  }

  #selected({ saga, service, nodeIds }: EngagementSelection): Engagement[] {
    const wanted = nodeIds === undefined ? undefined : new Set(nodeIds);
    return [...this.#tables.engagements.values()].filter(
      (row) =>
        row.saga === saga &&
        (service ?? row.service) === row.service &&
        (wanted?.has(row.nodeId) ?? true),
    );
  }
}

function holdOf({ through: _through, actor: _actor, ...hold }: Engagement): Hold {
  return hold;
}

function engagementKey({ nodeId, saga }: Engagement): string {
  return keyOf(nodeId, saga);
}

function promiseKey({
  saga,
  service,
  nodeId,
}: Pick<PromiseState, 'saga' | 'service' | 'nodeId'>): string {
  return keyOf(saga, service, nodeId);
}

function tombstoneKey({
  nodeId,
  service,
  saga,
}: Pick<Tombstone, 'nodeId' | 'service' | 'saga'>): string {
  return keyOf(nodeId, service, saga);
}
