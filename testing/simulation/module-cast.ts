/**
 * Services with their own stores, for a simulated world: the stores in memory, and the services
 * over the stores.
 *
 * 1. Each call makes new stores. Services that name the same store share the store, as in one
 *    database.
 */
import type { ServiceModule, ServicePorts } from '../../actors/modules/service-module.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Store } from '../../runtime/ports/store.ts';
import type { UndoLog } from '../../runtime/ports/undo-log.ts';

/** A service made by `defineService`, or a service with stores of its own. */
export type SimulatedService = ServiceDefinition | ServiceModule;

/** The services over new stores. `configs`: of the services that bring none. */
export function moduleCast(
  services: readonly SimulatedService[],
  configs: readonly ExchangeConfig[],
): { readonly services: readonly ServiceDefinition[]; readonly stores: readonly Store<UndoLog>[] } {
  const stores = storesOf(services.flatMap((one) => ('define' in one ? [one] : [])));
  return {
    services: services.map((one) => ('define' in one ? defined(one, configs, stores) : one)),
    stores: [...stores.values()],
  };
}

function storesOf(modules: readonly ServiceModule[]): ReadonlyMap<string, Store<UndoLog>> {
  const made = new Map<string, Store<UndoLog>>();
  for (const { name: service, stores } of modules) {
    for (const { sql, memory } of stores) {
      if (made.has(sql.name)) continue;
      if (memory === undefined)
        throw new Broken(
          'config-invalid',
          `the store '${sql.name}' of ${service} has no form in memory, which a simulation needs`,
        );
      made.set(sql.name, memory());
    }
  }
  return made;
}

function defined(
  { name, config, define }: ServiceModule,
  configs: readonly ExchangeConfig[],
  stores: ReadonlyMap<string, Store<UndoLog>>,
): ServiceDefinition {
  const given = config ?? configs.find(({ svcName }) => svcName === name);
  if (given === undefined)
    throw new Broken('config-invalid', `no config with the svc_name '${name}' is given`);
  const ports: ServicePorts = {
    store: (wanted) => {
      const store = stores.get(wanted);
      if (store !== undefined) return store;
      const known = [...stores.keys()].join(', ') || 'none';
      throw new Broken(
        'config-invalid',
        `${name}: found the store '${wanted}'; there are ${known}`,
      );
    },
    locks: {
      acquire: noLocks,
      keep: () => undefined,
      release: noLocks,
      close: async () => undefined,
    },
  };
  return define(given, ports, configs);
}

function noLocks(): Promise<never> {
  return Promise.reject(new Broken('broken', 'a simulated world has no lock server'));
}
