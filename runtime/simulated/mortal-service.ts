/**
 * A service whose activities and reads end with its process: what is not begun yet is not begun, and what is under way comes to nothing.
 */

import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import type { MachineDefinition } from '../step/machine-definition.ts';
import { type Life, mortal } from './mortal.ts';

export function mortalService(service: ServiceDefinition, life: Life): ServiceDefinition {
  return {
    ...service,
    machines: mapped(service.machines, (machine) => mortalVersions(machine, life)),
    stores: mapped(service.stores, (store) => mortal(store, life)),
  };
}

function mortalVersions(machine: ServiceMachine, life: Life): ServiceMachine {
  if (![machine, ...machine.kept.values()].some(hasActivities)) return machine;
  return {
    ...mortalMachine(machine, life),
    kept: mapped(machine.kept, (kept) => mortalMachine(kept, life)),
  };
}

function hasActivities({ activities, children }: MachineDefinition): boolean {
  return activities.size > 0 || [...children.values()].some(hasActivities);
}

function mortalMachine<Definition extends MachineDefinition>(
  definition: Definition,
  life: Life,
): Definition {
  return {
    ...definition,
    activities: mapped(definition.activities, (activity) => mortal(activity, life)),
    children: mapped(definition.children, (child) => mortalMachine(child, life)),
  };
}

function mapped<Name, From, To>(
  values: ReadonlyMap<Name, From>,
  to: (value: From) => To,
): ReadonlyMap<Name, To> {
  return new Map([...values].map(([name, value]) => [name, to(value)]));
}
