/**
 * Functions in place of a service's activities: a simulated world has no external systems, and no
 * real time passes.
 */

import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Activity } from '../../runtime/step/activity.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';

/** Functions by `service/activity`. */
export type StandIns = Readonly<Record<string, Activity['run']>>;

/**
 * The services with these functions in place of their activities. Throws `RangeError` for a
 * function without an activity.
 */
export function withStandIns(
  services: readonly ServiceDefinition[],
  standIns: StandIns,
): readonly ServiceDefinition[] {
  if (Object.keys(standIns).length === 0) return services;
  const names = services.flatMap((service) =>
    [...service.machines.values()].flatMap((machine) => namesIn(service.name, machine)),
  );
  const stray = Object.keys(standIns).find((name) => !names.includes(name));
  if (stray !== undefined)
    throw new RangeError(
      `activities: there is no '${stray}'; there are ${[...new Set(names)].join(', ') || 'none'}`,
    );
  return services.map((service) => ({
    ...service,
    machines: replaced(service.machines, (machine) => withOwn(service.name, machine, standIns)),
  }));
}

function namesIn(service: string, { activities, children }: MachineDefinition): readonly string[] {
  return [
    ...[...activities.keys()].map((name) => `${service}/${name}`),
    ...[...children.values()].flatMap((child) => namesIn(service, child)),
  ];
}

function withOwn<Definition extends MachineDefinition>(
  service: string,
  machine: Definition,
  standIns: StandIns,
): Definition {
  return {
    ...machine,
    activities: replaced(machine.activities, (activity, name) => ({
      ...activity,
      run: standIns[`${service}/${name}`] ?? activity.run,
    })),
    children: replaced(machine.children, (child) => withOwn(service, child, standIns)),
  };
}

function replaced<T>(
  values: ReadonlyMap<string, T>,
  by: (value: T, name: string) => T,
): ReadonlyMap<string, T> {
  return new Map([...values].map(([name, value]) => [name, by(value, name)]));
}
