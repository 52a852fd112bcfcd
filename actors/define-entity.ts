/**
 * An entity of the hierarchy with code of somebody's own: the service of the package for these
 * nodes, with functions that are called when a node is created, read, updated or deleted.
 */
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { checkSync } from '../runtime/member-checks.ts';
import { Broken } from '../runtime/ports/errors.ts';
import { entityMachines, entityStores, modelCrudService } from './catalog.ts';
import { ledgerStoreName } from './consent/ledger/store.ts';
import { hierarchyStoreName } from './hierarchy/store.ts';
import type { Activities, EntityHooks } from './model-crud/entity-hooks.ts';
import type { ServiceModule, ServiceStore } from './modules/service-module.ts';

/** The hooks of an entity, and the tables and activities that the hooks use. */
export interface EntityOptions<TActivities extends Activities = Activities>
  extends EntityHooks<TActivities> {
  /** Tables that the hooks write. The writes stand in the commit of the change. */
  readonly stores?: readonly ServiceStore[];
  /** Activities that the hooks start, by name. */
  readonly activities?: TActivities;
}

/**
 * The service of an entity with these hooks, for `openDeployment` and `unanimous up --module`.
 *
 * @param config the config of the entity, or its `svc_name`; then the deployment is given the
 *   config with that name
 * @throws Broken `config-invalid` for an unknown member of `options`, and for an asynchronous hook
 */
export function defineEntity<const TActivities extends Activities = Record<never, never>>(
  config: ExchangeConfig | string,
  options: EntityOptions<TActivities>,
): ServiceModule;
export function defineEntity(
  config: ExchangeConfig | string,
  options: EntityOptions,
): ServiceModule {
  const { stores = [], activities = {}, ...hooks } = options;
  const name = typeof config === 'string' ? config : config.svcName;
  checkHooks(name, hooks);
  const hooked = { hooks, activities };
  return {
    name,
    ...(typeof config === 'string' ? {} : { config }),
    stores: [...entityStores, ...stores],
    define: (given, { store }) => {
      const names = [hierarchyStoreName, ledgerStoreName, ...stores.map(({ sql }) => sql.name)];
      return modelCrudService(given, names.map(store), entityMachines, hooked);
    },
  };
}

const hookNames: Readonly<Record<keyof EntityHooks, true>> = {
  creating: true,
  created: true,
  reading: true,
  updating: true,
  updated: true,
  deleting: true,
  deleted: true,
};

function checkHooks(name: string, hooks: object): void {
  const names = Object.keys(hookNames).join(', ');
  for (const [hook, given] of Object.entries(hooks))
    if (!Object.hasOwn(hookNames, hook) || !['function', 'undefined'].includes(typeof given))
      throw new Broken(
        'config-invalid',
        `${name}: found '${hook}' as ${typeof given}; allowed: the functions ${names}, and stores, activities`,
      );
  const instead = "'created', 'updated' and 'deleted' start activities with 'start'";
  checkSync(name, hooks, Object.keys(hookNames), instead);
}
