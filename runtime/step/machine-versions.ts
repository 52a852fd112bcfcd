/**
 * The versions of one machine: the current one, in which new actors start; earlier ones that are kept beside it, in which their actors go
 * on; and migrations, each from one version to the next.
 *
 * 1. A stored version is known when it is here, or when migrations lead from it to one that is.
 * 2. What cannot be told apart is refused when the service is defined: a version that is both kept and migrated.
 */
import { Broken } from '../ports/errors.ts';
import type { StoredMachine } from './family-record.ts';
import type { MachineDefinition } from './machine-definition.ts';

/**
 * Makes of an actor as one version stored it the actor as the next version would have. Pure: the same result for the same argument, and
 * no effects. It sees the whole family, children inside their parents. It cannot start timers, activities or children: what a state
 * starts is started when it is entered. What runs keeps its token and, for an activity, its kind.
 */
export type Migration = (stored: StoredMachine) => StoredMachine;

export interface VersionedMachine extends MachineDefinition {
  readonly kept: ReadonlyMap<number, MachineDefinition>;
  /** By the version they begin with. */
  readonly migrations: ReadonlyMap<number, Migration>;
}

/** How a stored version is read: migrations in this order (versions they begin with), then this definition. */
export interface VersionRoute {
  readonly migrations: readonly number[];
  readonly definition: MachineDefinition;
}

/** Undefined when the version is unknown. */
export function routeFrom(machine: VersionedMachine, stored: number): VersionRoute | undefined {
  const migrations: number[] = [];
  for (let version = stored; ; version += 1) {
    const definition = version === machine.version ? machine : machine.kept.get(version);
    if (definition !== undefined) return { migrations, definition };
    if (!machine.migrations.has(version)) return undefined;
    migrations.push(version);
  }
}

/** Every version of which actors may be stored. */
export function knownVersions(machine: VersionedMachine): readonly number[] {
  const named = new Set([machine.version, ...machine.kept.keys(), ...machine.migrations.keys()]);
  return [...named]
    .filter((version) => routeFrom(machine, version) !== undefined)
    .sort((a, b) => a - b);
}

/** Throws `Broken('machine-invalid')` when the versions of a machine contradict each other. */
export function checkVersions({ name, version, kept, migrations }: VersionedMachine): void {
  const refuse = (problem: string): never => {
    throw new Broken('machine-invalid', `machine '${name}': ${problem}`, { at: name });
  };
  if (!Number.isInteger(version) || version < 1)
    refuse(`its version is ${version}; allowed is a whole number from 1`);
  for (const from of [...kept.keys(), ...migrations.keys()]) {
    if (!Number.isInteger(from) || from < 1 || from >= version)
      refuse(
        `there is something for version ${from}; allowed is a whole number from 1 and below its own version, ${version}`,
      );
  }
  for (const from of migrations.keys())
    if (kept.has(from)) refuse(`version ${from} is both kept and migrated; allowed is one of them`);
  for (const [from, { name: other }] of kept)
    if (other !== name)
      refuse(`version ${from} is the machine '${other}'; it must have the same id`);
}
