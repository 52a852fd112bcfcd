/**
 * The production services of a plan, over the stores of one run.
 *
 * 1. A definition is made once for each config and set of machines, and gets the stores of every
 *    run: a new definition costs more than a run.
 */
import { type EntityMachines, entityMachines, modelCrudService } from '../../../actors/catalog.ts';
import { type ConsentMachines, consentMachines } from '../../../actors/peer/consent-machines.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import type { ConsentPlan } from './consent-plan.ts';
import { type Entity, entityConfig } from './entities.ts';
import { defineOrders } from './orders.ts';

type ReadableStore = Pick<Store<never>, 'name' | 'read'>;

const made = new WeakMap<EntityMachines, Map<string, ServiceDefinition>>();

/** The service that keeps an entity's nodes in this store. */
export function entityService(
  entity: Entity,
  { shape, questionIdsMax }: Pick<ConsentPlan, 'shape' | 'questionIdsMax'>,
  stores: readonly ReadableStore[],
  machines = entityMachines,
): ServiceDefinition {
  const known = made.get(machines) ?? new Map<string, ServiceDefinition>();
  made.set(machines, known);
  const key = `${entity} ${shape} ${questionIdsMax}`;
  const config = () => entityConfig(entity, shape, questionIdsMax);
  const definition = known.get(key) ?? modelCrudService(config(), [], machines);
  known.set(key, definition);
  return withStores(definition, stores);
}

const madeOrders = new WeakMap<ConsentMachines, Map<string, ServiceDefinition>>();

/** The participant whose orders depend on nodes of these entities. */
export function ordersService(
  cast: readonly Entity[],
  { questionIdsMax }: Pick<ConsentPlan, 'questionIdsMax'>,
  stores: readonly ReadableStore[],
  machines: ConsentMachines = consentMachines,
): ServiceDefinition {
  const known = madeOrders.get(machines) ?? new Map<string, ServiceDefinition>();
  madeOrders.set(machines, known);
  const key = `${cast.join(' ')} ${questionIdsMax}`;
  const definition = known.get(key) ?? defineOrders(cast, questionIdsMax, machines);
  known.set(key, definition);
  return withStores(definition, stores);
}

export function withStores(
  definition: ServiceDefinition,
  stores: readonly ReadableStore[],
): ServiceDefinition {
  return { ...definition, stores: new Map(stores.map((store) => [store.name, store])) };
}
