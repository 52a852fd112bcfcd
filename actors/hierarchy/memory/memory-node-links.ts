/**
 * The links between nodes in memory: the port `NodeLinks` over `MemoryTables`.
 */
import { identityOf } from '../../../runtime/ports/identity.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { NodeLinks } from '../rules/rows.ts';
import type { LinkedNode } from '../store.ts';
import type { MemoryTables } from './memory-tables.ts';

export class MemoryNodeLinks implements NodeLinks {
  readonly #tables: MemoryTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryTables, undo: UndoLog) {
    this.#tables = tables;
    this.#undo = undo;
  }

  async rows(nodeId: string, name: string): Promise<LinkedNode[]> {
    return [...this.#tables.links.values()]
      .filter((row) => row.nodeId === nodeId && row.name === name)
      .map(({ id, attributes }) => ({ id, attributes }));
  }

  async put(
    nodeId: string,
    name: string,
    to: readonly string[],
    attributes: JsonObject,
  ): Promise<void> {
    for (const id of to)
      this.#tables.links.put(this.#undo, identityOf(nodeId, name, id), {
        nodeId,
        name,
        id,
        attributes,
      });
  }

  async drop(nodeId: string, name: string, to: readonly string[]): Promise<void> {
    for (const id of to) this.#tables.links.drop(this.#undo, identityOf(nodeId, name, id));
  }
}
