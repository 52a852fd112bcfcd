/** The retentions of the ledger in memory: the port `RetentionRows`. */
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import type { RetentionRows } from '../rules/rows.ts';
import type { OpenRetention } from '../store.ts';
import { keyOf, type MemoryLedgerTables } from './memory-ledger-tables.ts';

export class MemoryRetentions implements RetentionRows {
  readonly #tables: MemoryLedgerTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryLedgerTables, undo: UndoLog) {
    this.#tables = tables;
    this.#undo = undo;
  }

  async rows(saga: string, service: string, nodeIds: readonly string[]): Promise<OpenRetention[]> {
    const wanted = new Set(nodeIds);
    return [...this.#tables.retentions.values()].filter(
      (row) => row.saga === saga && row.service === service && wanted.has(row.nodeId),
    );
  }

  async add(nodeIds: readonly string[], retention: Omit<OpenRetention, 'nodeId'>): Promise<void> {
    for (const nodeId of nodeIds) {
      const row = { nodeId, ...retention };
      const existing = this.#tables.retentions.get(retentionKey(row));
      const ended = row.ended || existing?.ended === true;
      this.#tables.retentions.put(this.#undo, retentionKey(row), { ...row, ended });
    }
  }

  async drop(
    nodeIds: readonly string[],
    retention: Omit<OpenRetention, 'nodeId' | 'ended'>,
  ): Promise<void> {
    for (const nodeId of nodeIds)
      this.#tables.retentions.drop(this.#undo, retentionKey({ nodeId, ...retention }));
  }
}

function retentionKey({
  nodeId,
  service,
  saga,
  voter,
  until,
}: Omit<OpenRetention, 'ended'>): string {
  return keyOf(nodeId, service, saga, voter, until);
}
