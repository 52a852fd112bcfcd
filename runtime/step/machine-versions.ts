/**
 * The versions of one machine. New actors start in the current version. Actors of an earlier version
 * that is kept go on in that version. A migration leads from one version to the next.
 *
 * Invariants:
 * - Known versions: a stored version is known when it is current or kept, or when migrations lead from
 *   it to a version that is.
 * - No contradiction: a version that is both kept and migrated is refused when the service is defined.
 */
import { Broken } from '../ports/errors.ts';
import type { StoredMachine } from './family-record.ts';
import type { MachineDefinition } from './machine-definition.ts';

/**
 * Turns the stored actor of one version into a stored actor of the next version. Pure: the same result
 * for the same argument, and no effects. A migration gets the whole family, with children inside
 * their parents. A migration cannot start timers, activities or children, because they start only
 * when a state is entered. Timers and activities that run keep their tokens, and an activity keeps
 * its kind.
 */
export type Migration = (stored: StoredMachine) => StoredMachine;

export interface VersionedMachine extends MachineDefinition {
  /**
   * The machine of an earlier version, in which new actors start until this version is released.
   * Left out when the version is in use from the start.
   */
  readonly before?: VersionedMachine;
  readonly kept: ReadonlyMap<number, MachineDefinition>;
  /** By the version from which the migration leads. */
  readonly migrations: ReadonlyMap<number, Migration>;
}

/**
 * The way to read a stored version: the migrations from these versions, in this order, then the
 * definition.
 */
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

/** The version in which new actors are stored. */
export function writtenVersion({ version, before }: VersionedMachine, isReleased: boolean): number {
  return isReleased || before === undefined ? version : before.version;
}

/** All versions that a stored actor may have. */
export function knownVersions(machine: VersionedMachine): readonly number[] {
  const named = new Set([machine.version, ...machine.kept.keys(), ...machine.migrations.keys()]);
  return [...named]
    .filter((version) => routeFrom(machine, version) !== undefined)
    .sort((a, b) => a - b);
}

/** Throws `Broken('machine-invalid')` when the versions of a machine contradict each other. */
export function checkVersions(machine: VersionedMachine): void {
  const { name, version, kept, migrations, before } = machine;
  const refuse = (problem: string): never => {
    throw new Broken('machine-invalid', `machine '${name}': ${problem}`, { at: name });
  };
  if (!Number.isInteger(version) || version < 1)
    refuse(`its version is ${version}; allowed is a whole number from 1`);
  const earlier = before === undefined ? [] : [before.version];
  for (const from of [...kept.keys(), ...migrations.keys(), ...earlier]) {
    if (!Number.isInteger(from) || from < 1 || from >= version)
      refuse(
        `there is something for version ${from}; allowed is a whole number from 1 and below its own version, ${version}`,
      );
  }
  if (before !== undefined && routeFrom(machine, before.version) === undefined)
    refuse(
      `actors are stored in version ${before.version} until version ${version} is released, and nothing leads from ${before.version}; allowed is a version with a migration, or one that is kept`,
    );
  for (const from of migrations.keys())
    if (kept.has(from)) refuse(`version ${from} is both kept and migrated; allowed is one of them`);
  for (const [from, { name: other }] of kept)
    if (other !== name)
      refuse(`version ${from} is the machine '${other}'; it must have the same id`);
}
