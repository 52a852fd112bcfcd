/** The warehouse of the documents as a module, with a store in memory. */
import type { ServiceModule } from '../../../actors/modules/service-module.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { Conflict } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { UndoableTable, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import { type Level, type Put, stockStore } from '../docs/shop/stock-store.ts';
import { config, warehouse } from '../docs/shop/warehouse.ts';

export class MemoryStockStore implements Store<UndoLog> {
  readonly name = 'stock';
  readonly #levels = new UndoableTable<Level>();

  async read(_op: string, args: Json): Promise<Json> {
    const { item } = args as { item: string };
    return this.#levels.get(item) ?? { item, count: 0, version: 0 };
  }

  async apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    for (const { args, expect } of writes) {
      const { item, count } = args as Put;
      const { version } = expect as { version: number };
      if ((this.#levels.get(item)?.version ?? 0) !== version)
        throw new Conflict('expectation-failed', `the level of ${item} has changed`);
      this.#levels.put(undoLog, item, { item, count, version: version + 1 });
    }
  }
}

export const stock = { sql: stockStore, memory: () => new MemoryStockStore() };

/** Makes the warehouse with any config that has its name. */
export function stockModule(given: ExchangeConfig = config): ServiceModule {
  return {
    name: 'warehouse',
    config: given,
    stores: [stock],
    define: (own, { store }) => ({ ...warehouse(store('stock')), config: own }),
  };
}
