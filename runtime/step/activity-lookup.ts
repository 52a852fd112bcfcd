/** The function behind an activity's row, in the version of the machine that invoked it. */

import type { ActivityRow } from '../ports/journal-rows.ts';
import type { Activity } from './activity.ts';
import type { MachineDefinition } from './machine-definition.ts';
import type { VersionedMachine } from './machine-versions.ts';

/**
 * The activity of the row. The actors of a version that is not kept were migrated to another version,
 * in which a running activity goes on under the same kind.
 */
export function findActivity(machine: VersionedMachine, row: ActivityRow): Activity | undefined {
  const kept = row.machineVersion === undefined ? undefined : machine.kept.get(row.machineVersion);
  const places = kept === undefined ? [machine, ...machine.kept.values()] : [kept];
  for (const place of places) {
    const found = activityIn(place, row);
    if (found !== undefined) return found;
  }
  return undefined;
}

function activityIn(definition: MachineDefinition, row: ActivityRow): Activity | undefined {
  const own = definition.place === row.machine ? definition.activities.get(row.kind) : undefined;
  if (own !== undefined) return own;
  for (const child of definition.children.values()) {
    const found = activityIn(child, row);
    if (found !== undefined) return found;
  }
  return undefined;
}
