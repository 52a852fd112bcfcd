/**
 * The stores that several services bring to one journal.
 *
 * - one-store: stores of one name are one store if they have the same tables, that is the same SQL
 *   module or the same migrations by name. Otherwise one service would work on tables of another.
 */
import type { ServiceStore } from '../actors/modules/service-module.ts';
import { shown } from '../config/shown.ts';
import { Broken } from '../runtime/ports/errors.ts';
import type { Store } from '../runtime/ports/store.ts';
import type { UndoLog } from '../runtime/ports/undo-log.ts';
import type { SqlStoreModule } from '../runtime/postgres/store-module.ts';
import type { DeployedService } from './deployed-services.ts';

/** Each store once. Throws `Broken('config-invalid')` for different stores under one name. */
export function distinctStores(services: readonly DeployedService[]): readonly ServiceStore[] {
  const byName = new Map<string, { readonly store: ServiceStore; readonly owner: string }>();
  for (const { config, stores } of services) {
    for (const store of stores) {
      const known = byName.get(store.sql.name);
      if (known === undefined) byName.set(store.sql.name, { store, owner: config.svcName });
      else if (!isSameStore(known.store.sql, store.sql))
        throw new Broken(
          'config-invalid',
          `${shown(known.owner)} and ${shown(config.svcName)} share a database and have different ` +
            `stores named ${shown(store.sql.name)}: a store needs a name of its own`,
          { at: config.file },
        );
    }
  }
  return [...byName.values()].map(({ store }) => store);
}

function isSameStore(one: SqlStoreModule, other: SqlStoreModule): boolean {
  const [tables, others] = [one, other].map(({ migrations }) => migrations.map(({ name }) => name));
  const hasTables = one.migrations.length > 0;
  return one === other || (hasTables && JSON.stringify(tables) === JSON.stringify(others));
}

/** Throws `Broken('config-invalid')` for a store without a form in memory of the same name. */
export function storesInMemory(stores: readonly ServiceStore[]): readonly Store<UndoLog>[] {
  return stores.map(({ sql, memory }) => {
    const store = memory?.();
    if (store?.name === sql.name) return store;
    const found =
      store === undefined ? 'has no form in memory' : `is named ${shown(store.name)} in memory`;
    throw new Broken(
      'config-invalid',
      `the store ${shown(sql.name)} ${found}; allowed: a store of the same name in memory, or a ` +
        'database such as pglite://',
    );
  });
}
