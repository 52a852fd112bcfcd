/**
 * A service whose activities and store reads end with its process: after the end no activity or
 * read begins, and the result of one that runs is lost.
 */
import type {
  ServiceDefinition,
  ServiceMachine,
} from '../../runtime/messages/service-definition.ts';
import { killable, type ProcessState } from '../../runtime/simulated/killable.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';

export function killableService(
  service: ServiceDefinition,
  state: ProcessState,
): ServiceDefinition {
  return {
    ...service,
    machines: mapped(service.machines, (machine) => killableVersions(machine, state)),
    stores: mapped(service.stores, (store) => killable(store, state)),
  };
}

function killableVersions(machine: ServiceMachine, state: ProcessState): ServiceMachine {
  if (![machine, ...machine.kept.values()].some(hasActivities)) return machine;
  return {
    ...killableMachine(machine, state),
    kept: mapped(machine.kept, (kept) => killableMachine(kept, state)),
  };
}

function hasActivities({ activities, children }: MachineDefinition): boolean {
  return activities.size > 0 || [...children.values()].some(hasActivities);
}

function killableMachine<Definition extends MachineDefinition>(
  definition: Definition,
  state: ProcessState,
): Definition {
  return {
    ...definition,
    activities: mapped(definition.activities, (activity) => killable(activity, state)),
    children: mapped(definition.children, (child) => killableMachine(child, state)),
  };
}

function mapped<Name, From, To>(
  values: ReadonlyMap<Name, From>,
  to: (value: From) => To,
): ReadonlyMap<Name, To> {
  return new Map([...values].map(([name, value]) => [name, to(value)]));
}
