/**
 * The links of voters in memory: the port `LinkRows` over `MemoryLedgerTables`.
 */
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import type { LinkGeneration, LinkRow, LinkRows } from '../rules/rows.ts';
import type { Tombstone } from '../store.ts';
import { keyOf, type MemoryLedgerTables } from './memory-ledger-tables.ts';

export class MemoryLinks implements LinkRows {
  readonly #tables: MemoryLedgerTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryLedgerTables, undo: UndoLog) {
    this.#tables = tables;
    this.#undo = undo;
  }

  async rows(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    return [...new Set(nodeIds)].flatMap(
      (nodeId) => this.#tables.links.get(keyOf(service, nodeId)) ?? [],
    );
  }

  async lock(service: string, nodeIds: readonly string[]): Promise<LinkRow[]> {
    const missing = nodeIds.filter(
      (nodeId) => this.#tables.links.get(keyOf(service, nodeId)) === undefined,
    );
    for (const nodeId of missing)
      this.#put(service, { nodeId, entity: null, generation: 0, givenUp: 0, version: 0 });
    return this.rows(service, nodeIds);
  }

  async raise(service: string, nodeIds: readonly string[]): Promise<void> {
    for (const nodeId of new Set(nodeIds)) {
      const link = this.#tables.links.get(keyOf(service, nodeId));
      if (link !== undefined) this.#put(service, { ...link, version: link.version + 1 }, link);
    }
  }

  async raiseGenerations(service: string, raised: readonly LinkGeneration[]): Promise<void> {
    for (const { nodeId, generation, entity } of raised) {
      for (const link of await this.rows(service, [nodeId])) {
        this.#put(service, {
          ...link,
          entity: entity ?? link.entity,
          generation: Math.max(link.generation, generation),
          version: link.version + 1,
        });
      }
    }
  }

  async giveUp(service: string, nodeId: string, generation: number, atMs: number): Promise<void> {
    for (const link of await this.rows(service, [nodeId])) {
      const givenUp = Math.max(link.givenUp, generation);
      const ended = link.generation <= givenUp ? { givenUpAtMs: atMs } : {};
      this.#put(service, { ...link, givenUp, version: link.version + 1 }, ended);
    }
  }

  async drop(links: readonly Pick<Tombstone, 'service' | 'nodeId'>[]): Promise<void> {
    const promised = this.#promised();
    const keys = links.map(({ service, nodeId }) => keyOf(service, nodeId));
    for (const key of keys.filter((one) => !promised.has(one)))
      this.#tables.links.drop(this.#undo, key);
  }

  async dropTo(nodeIds: readonly string[]): Promise<void> {
    const wanted = new Set(nodeIds);
    await this.drop([...this.#tables.links.values()].filter((row) => wanted.has(row.nodeId)));
  }

  async pruneGivenUp(beforeMs: number, limit: number): Promise<number> {
    const promised = this.#promised();
    const old = [...this.#tables.links.values()]
      .filter(({ givenUpAtMs = Number.POSITIVE_INFINITY }) => givenUpAtMs < beforeMs)
      .filter(({ service, nodeId }) => !promised.has(keyOf(service, nodeId)))
      .slice(0, limit);
    await this.drop(old);
    return old.length;
  }

  #promised(): ReadonlySet<string> {
    return new Set(
      [...this.#tables.promises.values()].map(({ service, nodeId }) => keyOf(service, nodeId)),
    );
  }

  #put(
    service: string,
    { nodeId, entity, generation, givenUp, version }: LinkRow,
    { givenUpAtMs }: { readonly givenUpAtMs?: number } = {},
  ): void {
    const ended = givenUpAtMs === undefined ? {} : { givenUpAtMs };
    const row = { service, nodeId, entity, generation, givenUp, version, ...ended };
    this.#tables.links.put(this.#undo, keyOf(service, nodeId), row);
  }
}
