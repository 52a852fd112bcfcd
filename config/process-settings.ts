/**
 * The section `process` as the program uses it, and the settings of a process with several configs.
 *
 * - largest-counts: services of a process share its connections, memory and rows, so no service
 *   gets less than its config says.
 */
import type { ProcessFile } from './process-schema.ts';

const dayMs = 86_400_000;

/** Kinds of rows that are kept for a time after their end. */
const kept = ['inbox', 'answered', 'finished', 'history', 'tombstones'] as const;

/** Milliseconds by kind of row; `Infinity`: for ever. Absent: the default of the runtime. */
export type KeptRows = { readonly [Kind in (typeof kept)[number]]?: number };

/** Absent: the default of the runtime. */
export interface ProcessSettings {
  readonly prefetch?: number;
  readonly databaseConnections?: number;
  readonly cachedActors?: number;
  readonly leaseMs?: number;
  readonly fuse?: boolean;
  readonly retention: KeptRows;
}

const numbers = ['prefetch', 'databaseConnections', 'cachedActors', 'leaseMs'] as const;

export function processSettings(section: ProcessFile = {}): ProcessSettings {
  const { retention = {} } = section;
  const given = {
    prefetch: section.prefetch,
    databaseConnections: section.database_connections,
    cachedActors: section.cached_actors,
    leaseMs: section.lease_ms,
  };
  const times = kept.map((kind) => [kind, milliseconds(retention[`${kind}_days`])] as const);
  const settings = { ...present(Object.entries(given)), retention: present(times) };
  return section.fuse === undefined ? settings : { ...settings, fuse: section.fuse };
}

/** The settings of a process that runs the services of these settings. */
export function sharedSettings(all: readonly ProcessSettings[]): ProcessSettings {
  const shared = numbers.map((key) => [key, largest(all.map((one) => one[key]))] as const);
  const times = kept.map((kind) => [kind, largest(all.map((one) => one.retention[kind]))] as const);
  const settings = { ...present(shared), retention: present(times) };
  const fuse = sharedFuse(all);
  return fuse === undefined ? settings : { ...settings, fuse };
}

/**
 * One service that wants each step in its own commit (`fuse: false`) decides for the whole process.
 */
function sharedFuse(all: readonly ProcessSettings[]): boolean | undefined {
  const given = all.flatMap(({ fuse }) => (fuse === undefined ? [] : [fuse]));
  return given.length === 0 ? undefined : !given.includes(false);
}

function milliseconds(days: number | 'forever' | undefined): number | undefined {
  if (days === undefined) return undefined;
  return days === 'forever' ? Number.POSITIVE_INFINITY : Math.round(days * dayMs);
}

/** A config without the value wants no particular one. */
function largest(values: readonly (number | undefined)[]): number | undefined {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
}

function present<Key extends string>(
  entries: readonly (readonly [Key, number | undefined])[],
): { readonly [K in Key]?: number } {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as {
    readonly [K in Key]?: number;
  };
}
