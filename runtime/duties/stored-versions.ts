/**
 * Checks at start that the code knows every version in which actors that have not ended are stored.
 */

import type { ServiceDefinition } from '../messages/service-definition.ts';
import { Broken } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';
import type { MachineVersion, StoredVersion } from '../ports/journal-survey.ts';
import { knownVersions } from '../step/machine-versions.ts';

/** The versions of its machines that a service can read; ephemeral machines store nothing. */
export function versionsOf({ name, machines }: ServiceDefinition): readonly MachineVersion[] {
  const journaled = [...machines.values()].filter(({ ephemeral }) => !ephemeral);
  return journaled.flatMap((machine) =>
    knownVersions(machine).map((version) => ({ service: name, machine: machine.name, version })),
  );
}

/**
 * Throws `Broken('machine-version-unknown')` with service, machine, version, number of actors and
 * some of their keys.
 */
export async function refuseUnknownVersions(
  groups: ReadonlyMap<Journal, readonly ServiceDefinition[]>,
): Promise<void> {
  const unknown: string[] = [];
  for (const [journal, services] of groups) {
    const known = services.flatMap(versionsOf);
    const unreadable = await journal.registerVersions(
      services.map(({ name }) => name),
      known,
    );
    unknown.push(...unreadable.map((version) => described(version, known)));
  }
  if (unknown.length === 0) return;
  throw new Broken(
    'machine-version-unknown',
    ['actors are stored in versions that this code does not know:', ...unknown].join('\n  '),
  );
}

function described(
  { service, machine, version, count, keys }: StoredVersion,
  known: readonly MachineVersion[],
): string {
  const versions = known
    .filter((each) => each.service === service && each.machine === machine)
    .map((each) => each.version);
  const knownText =
    versions.length === 0 ? 'the service has no such machine' : `known: ${versions.join(', ')}`;
  const actors = `${count} ${count === 1 ? 'actor' : 'actors'}`;
  const named = `${keys.join(', ')}${count > keys.length ? ', …' : ''}`;
  return `service ${service}, machine ${machine}, version ${version}: ${actors} (${named}); ${knownText}`;
}
