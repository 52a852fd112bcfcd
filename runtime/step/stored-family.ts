/**
 * From the stored record of an actor, of any version, to its family.
 *
 * Invariants:
 * - Unknown versions wait: a version that the code does not know is `Transient`. The start of the
 *   process has refused the unknown versions that were stored then. So a process with newer code runs
 *   beside this process, and the inputs wait for the newer process.
 * - Failed migrations change nothing: a migration that throws, or whose result does not fit, is
 *   `Broken` and names the actor and the version. A stored state that does not fit its own version is
 *   `Broken` too.
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import { Broken, errorText, Transient } from '../ports/errors.ts';
import type { Loaded } from '../ports/journal.ts';
import type { ActorRecord } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Family } from './family.ts';
import { familyProblems } from './family-fit.ts';
import {
  restoreFamily,
  type StoredFamily,
  type StoredMachine,
  storedTokens,
} from './family-record.ts';
import {
  knownVersions,
  routeFrom,
  type VersionedMachine,
  type VersionRoute,
} from './machine-versions.ts';

export interface UnreadRecord {
  readonly record: ActorRecord;
  /** The reason why the record cannot be read. Absent for an actor that has ended. */
  readonly error?: Broken;
}

/** @throws Transient `machine-version-unknown`, Broken `machine-migration-failed` or `broken` */
export function familyOf(
  address: ActorAddress,
  machine: VersionedMachine,
  record: ActorRecord,
): Family {
  const route = routeFrom(machine, record.machineVersion);
  if (route === undefined) throw unknownVersion(address, machine, record.machineVersion);
  if (route.migrations.length === 0)
    return restoreFamily(route.definition, record.family, address.key);
  return migratedFamily(address, machine, record, route);
}

function unknownVersion(
  address: ActorAddress,
  machine: VersionedMachine,
  version: number,
): Transient {
  const known = knownVersions(machine).join(', ');
  return new Transient(
    'machine-version-unknown',
    `${addressId(address)} was stored by version ${version} of its machine; the code here knows ${known}`,
  );
}

function migratedFamily(
  address: ActorAddress,
  machine: VersionedMachine,
  record: ActorRecord,
  route: VersionRoute,
): Family {
  const stored = record.family as unknown as StoredFamily;
  const fail = (what: string, cause?: unknown): never => {
    const to = route.definition.version;
    throw new Broken(
      'machine-migration-failed',
      `${addressId(address)}, from version ${record.machineVersion} to ${to}: ${what}`,
      {
        cause,
      },
    );
  };
  let migrated = stored.root;
  for (const from of route.migrations) {
    try {
      migrated = asJson(machine.migrations.get(from)?.(migrated));
    } catch (error) {
      fail(`the migration from version ${from} failed: ${errorText(error)}`, error);
    }
  }
  const known = storedTokens(stored.root);
  const family = fitting(route, { ...stored, root: migrated }, known, fail);
  return { ...family, key: address.key };
}

/**
 * The result of a migration as JSON. A value that cannot be stored is lost here and not later, and a
 * later change in place does not reach the result.
 */
function asJson(result: StoredMachine | undefined): StoredMachine {
  const text: string | undefined = JSON.stringify(result);
  const parsed = text === undefined ? null : (JSON.parse(text) as Partial<StoredMachine> | null);
  if (typeof parsed !== 'object' || parsed === null)
    throw new Error(`it gave ${text ?? 'nothing'}, not an object`);
  for (const field of ['machine', 'value', 'context', 'status'] as const)
    if (parsed[field] === undefined) throw new Error(`its result has no '${field}'`);
  return parsed as StoredMachine;
}

function fitting(
  { definition }: VersionRoute,
  stored: StoredFamily,
  known: ReadonlySet<string>,
  fail: (what: string, cause?: unknown) => never,
): Family {
  if (stored.root.machine !== definition.name)
    fail(`the result is of the machine '${stored.root.machine}'`);
  const added = [...storedTokens(stored.root)].filter((token) => !known.has(token));
  if (added.length > 0)
    fail(`the result has timers or activities that were never started: ${added.join(', ')}`);
  const family = restored(definition, stored, fail);
  const problems = familyProblems(family);
  return problems.length === 0 ? family : fail(problems.join('; '));
}

function restored(
  definition: VersionRoute['definition'],
  stored: StoredFamily,
  fail: (what: string, cause?: unknown) => never,
): Family {
  try {
    return restoreFamily(definition, stored as unknown as Json);
  } catch (error) {
    return fail(errorText(error), error);
  }
}

/**
 * The family at the beginning of a turn, or the record of which no family could be made. The inputs
 * of a turn with such a record become dead letters, for a replay by code that can read the record.
 * `cached`: the family of the loaded version.
 */
export function currentFamily(
  address: ActorAddress,
  machine: VersionedMachine,
  { version, record }: Loaded,
  cached: Family | undefined,
): { readonly family: Family | undefined; readonly unread: UnreadRecord | undefined } {
  if (record === undefined)
    return { family: version === 0 ? undefined : cached, unread: undefined };
  try {
    return { family: familyOf(address, machine, record), unread: undefined };
  } catch (error) {
    if (record.status !== 'active') return { family: undefined, unread: { record } };
    if (error instanceof Broken) return { family: undefined, unread: { record, error } };
    throw error;
  }
}
