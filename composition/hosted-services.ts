/**
 * The services of one runtime, made over the stores of its journal.
 *
 * - in-memory: without a journal, the stores that services bring are made in memory.
 */
import type { ServicePorts } from '../actors/modules/service-module.ts';
import { MemoryJournal } from '../runtime/memory/memory-journal.ts';
import { MemoryLocks } from '../runtime/memory/memory-locks.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { type Clock, systemClock } from '../runtime/ports/clock.ts';
import { Broken } from '../runtime/ports/errors.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import type { ReadableStore } from '../runtime/ports/store.ts';
import { type DeployedService, deployedServices } from './deployed-services.ts';
import type { GivenService } from './given-services.ts';
import { distinctStores, storesInMemory } from './service-stores.ts';

type JournalOfServices = Journal | ((service: ServiceDefinition) => Journal);
type Stores = ReadonlyMap<string, ReadableStore>;

interface HostingOptions {
  readonly services: readonly GivenService[];
  readonly journal?: JournalOfServices;
  readonly stores?: Stores;
  readonly locks?: Locks;
  readonly clock?: Clock;
}

interface HostedServices {
  readonly services: readonly ServiceDefinition[];
  readonly journal: JournalOfServices;
}

/** Throws `ConfigError` or `Broken('config-invalid')`. */
export function hostedServices(options: HostingOptions): HostedServices {
  const { clock = systemClock, locks = new MemoryLocks(clock) } = options;
  const places = options.services.map((service, index) => ({
    place: `services[${index}]`,
    service,
  }));
  const deployed = deployedServices([], places);
  const { journal, stores } = journalFor(deployed, options);
  const ports: ServicePorts = { locks, store: (name) => storeNamed(name, stores) };
  return { journal, services: deployed.map(({ define }) => define(ports)) };
}

interface JournalWithStores {
  readonly journal: JournalOfServices;
  readonly stores: Stores;
}

function journalFor(
  deployed: readonly DeployedService[],
  { journal, stores }: HostingOptions,
): JournalWithStores {
  if (journal !== undefined) return { journal, stores: stores ?? new Map() };
  const made = storesInMemory(distinctStores(deployed));
  return {
    journal: new MemoryJournal({ stores: made }),
    stores: new Map(made.map((store) => [store.name, store])),
  };
}

function storeNamed(name: string, stores: Stores): ReadableStore {
  const store = stores.get(name);
  if (store !== undefined) return store;
  const known = [...stores.keys()].join(', ') || 'none';
  throw new Broken(
    'config-invalid',
    `createRuntime has no store '${name}'; the stores of its journal, given as stores, are ${known}`,
  );
}
