/**
 * The production services of a plan, over the stores of one run.
 *
 * 1. A definition is made once for each config and set of machines, and gets the stores of every
 *    run: a new definition costs more than a run.
 */
import { type EntityMachines, entityMachines, modelCrudService } from '../../../actors/catalog.ts';
import { type ConsentMachines, consentMachines } from '../../../actors/peer/consent-machines.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { code } from './code.ts';
import type { ConsentPlan } from './consent-plan.ts';
import { contractsName, defineContracts } from './contracts.ts';
import {
  classes,
  type Entity,
  entityConfig,
  type Owned,
  ownedKinds,
  serviceOf,
} from './entities.ts';
import { hookName } from './hook.ts';
import { filesAttribute, linkAttribute, linkName } from './names.ts';
import { defineOrders, ordersName } from './orders.ts';
import { defineVault, vaultName } from './vault.ts';

type ReadableStore = Pick<Store<never>, 'name' | 'read'>;

type Settings = Pick<
  ConsentPlan,
  | 'questionIdsMax'
  | 'voteDeadlinesMs'
  | 'hook'
  | 'trust'
  | 'users'
  | 'peers'
  | 'files'
  | 'links'
  | 'code'
>;

/** The sections of the service's config that a plan draws. */
function sectionsOf(plan: Settings, service: string): JsonObject {
  const consent = consentOf(plan, service);
  const { peers } = plan;
  if (plan.trust === undefined) return { consent };
  const kind = ownedKinds.find((one) => serviceOf(one) === service);
  // Old voters answer on the exchange of their entity.
  const isAnsweredThere = peers.some(({ entity }) => entity === kind);
  const replyExchanges = isAnsweredThere ? [{ name: kind ?? '', type: 'direct' }] : [];
  return { consent, ...trustSections(plan, service), reply_exchanges: replyExchanges };
}

/** The parts of the config about users of the broker. */
export function trustSections(
  { trust, users }: Pick<ConsentPlan, 'trust' | 'users'>,
  service: string,
): JsonObject {
  const user = users?.[service];
  return {
    ...(trust === undefined ? {} : { trust: trust as JsonObject }),
    ...(user === undefined ? {} : { broker_user: { name: user } }),
  };
}

function consentOf(
  { questionIdsMax, voteDeadlinesMs = {}, hook }: Settings,
  service: string,
): JsonObject {
  const isOwner = ownedKinds.some((kind) => serviceOf(kind) === service);
  const deadlineMs = voteDeadlinesMs[service];
  return {
    ...(questionIdsMax === undefined ? {} : { question_ids_max: questionIdsMax }),
    ...(deadlineMs === undefined ? {} : { vote_deadline_ms: deadlineMs }),
    ...(hook === undefined || !isOwner ? {} : { always_ask: [hookName] }),
  };
}

/** The parts of the config about files and links of the entity's nodes. */
function treeSections({ files, links }: Settings, entity: Entity): JsonObject {
  const linked = links?.from === entity ? { links: { [linkName]: linkTo(links.to) } } : {};
  if (files?.entity !== entity) return { hierarchy: linked };
  const queue = 'file_management_queue';
  const publisher = { name: queue, type: 'direct', routing_key: queue, queue };
  return {
    hierarchy: { ...linked, must_be_deleted_files: [filesAttribute] },
    publish: { [queue]: { ...publisher, queue_type: 'classic' } },
  };
}

function linkTo(entity: Entity): JsonObject {
  return { entity, class: classes[entity], attribute: linkAttribute };
}

const made = new WeakMap<EntityMachines, Map<string, ServiceDefinition>>();

/** The service that keeps an entity's nodes in this store. */
export function entityService(
  entity: Entity,
  plan: Pick<ConsentPlan, 'shape'> & Settings,
  stores: readonly ReadableStore[],
  machines = entityMachines,
): ServiceDefinition {
  const known = made.get(machines) ?? new Map<string, ServiceDefinition>();
  made.set(machines, known);
  const section = { ...sectionsOf(plan, serviceOf(entity)), ...treeSections(plan, entity) };
  const hooked = plan.code === entity ? code : undefined;
  const key = `${entity} ${plan.shape} ${hooked !== undefined} ${JSON.stringify(section)}`;
  const config = () => entityConfig(entity, plan.shape, section);
  const definition = known.get(key) ?? modelCrudService(config(), [], machines, hooked);
  known.set(key, definition);
  return withStores(definition, stores);
}

const madeOrders = new WeakMap<ConsentMachines, Map<string, ServiceDefinition>>();

/** The participant whose orders depend on nodes of these entities. */
export function ordersService(
  cast: readonly Owned[],
  plan: Settings,
  stores: readonly ReadableStore[],
  machines: ConsentMachines = consentMachines,
): ServiceDefinition {
  const known = madeOrders.get(machines) ?? new Map<string, ServiceDefinition>();
  madeOrders.set(machines, known);
  const section = sectionsOf(plan, ordersName);
  const key = `${cast.join(' ')} ${JSON.stringify(section)}`;
  const definition = known.get(key) ?? defineOrders(cast, section, machines);
  known.set(key, definition);
  return withStores(definition, stores);
}

const madeContracts = new WeakMap<ConsentMachines, Map<string, ServiceDefinition>>();

/** The owner whose contracts depend on nodes of these entities. */
export function contractsService(
  cast: readonly Entity[],
  plan: Settings,
  stores: readonly ReadableStore[],
  machines: ConsentMachines,
): ServiceDefinition {
  const known = madeContracts.get(machines) ?? new Map<string, ServiceDefinition>();
  madeContracts.set(machines, known);
  const section = sectionsOf(plan, contractsName);
  const key = `${cast.join(' ')} ${JSON.stringify(section)}`;
  const definition = known.get(key) ?? defineContracts(cast, section, machines);
  known.set(key, definition);
  return withStores(definition, stores);
}

const madeVaults = new Map<string, ServiceDefinition>();

/** The participant whose holds and documents of nodes of these entities have an end. */
export function vaultService(
  cast: readonly Entity[],
  plan: Settings,
  stores: readonly ReadableStore[],
): ServiceDefinition {
  const section = sectionsOf(plan, vaultName);
  const key = `${cast.join(' ')} ${JSON.stringify(section)}`;
  const definition = madeVaults.get(key) ?? defineVault(cast, section);
  madeVaults.set(key, definition);
  return withStores(definition, stores);
}

export function withStores(
  definition: ServiceDefinition,
  stores: readonly ReadableStore[],
): ServiceDefinition {
  return { ...definition, stores: new Map(stores.map((store) => [store.name, store])) };
}
