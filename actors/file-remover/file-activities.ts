/**
 * The activities of a removal: the preparation, the removal itself, or a restoration instead. The
 * scheme of the URL names the place that performs them.
 *
 * 1. Each may run again, as `file-place.ts` says.
 * 2. A refusal is an answer, with its reason. Any other failure is tried again.
 */
import { ConcurrencyLimits } from '../../runtime/duties/concurrency-limits.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import { type ActivityContext, activity } from '../../runtime/step/activity.ts';
import type { NameLookup } from '../outside/reachable-addresses.ts';
import type { Content, FileInput, FilePlace, FileToTake, Later, Taken } from './file-place.ts';
import { schemeOf } from './file-url.ts';
import { HttpFiles, type HttpFilesSettings, noServers } from './http-files.ts';
import { LocalFiles } from './local-files.ts';
import { type Reach, systemReach } from './opened-folder.ts';
import { S3Files } from './s3-files.ts';
import { noBuckets, requireS3Package, S3Sdk, type S3Settings } from './s3-sdk.ts';

type Tried<T> = T & { readonly attempts: number };
type Ended = { readonly note: string };

export type Preparation =
  | Tried<Content & { readonly kind: 'present' }>
  | Tried<Ended & { readonly kind: 'absent' | 'refused' }>
  | Tried<Later>;
export type Removal = Tried<Taken> | Tried<Ended & { readonly kind: 'refused' }>;
export type Restoration =
  | { readonly kind: 'restored' }
  | (Ended & { readonly kind: 'not restored' });

/** The waits between the tries are about six minutes altogether. */
export const filePolicy = {
  attemptsMax: 12,
  firstDelayMs: 200,
  factor: 3,
  delayMaxMs: 60_000,
  timeoutMs: 300_000,
  concurrencyMax: 64,
} as const;

/** Requests of one kind that the servers of one scheme get at once. */
const serverRequestsMax = 16;

/** The places in which files may be removed. */
export type FilePlaces = {
  /** Absolute paths of folders. */
  readonly roots: readonly string[];
  /** Default: no server. */
  readonly http?: HttpFilesSettings;
  /** Default: no bucket. */
  readonly s3?: S3Settings;
};

export type FileReach = {
  readonly reach?: Reach;
  /** Default: the system's own. */
  readonly lookup?: NameLookup;
};

/** @throws Broken `config-invalid` when a package for one of the places is not installed. */
export function fileActivities(settings: FilePlaces, reach: FileReach = {}) {
  const places = placesOf(settings, reach);
  return {
    prepareFile: activity<Preparation, FileInput>(
      (input, context) => prepare(places, input, context),
      filePolicy,
    ),
    removeFile: activity<Removal, FileToTake>(
      (input, context) => remove(places, input, context),
      filePolicy,
    ),
    restoreFile: activity<Restoration, FileInput>(
      (input, context) => restore(places, input, context),
      filePolicy,
    ),
  };
}

type PlacesByScheme = ReadonlyMap<string, FilePlace>;

/** A place on servers, which get fewer requests at once than a disk. */
function sparing(place: FilePlace): FilePlace {
  const limits = new ConcurrencyLimits(() => undefined);
  return {
    prepare: (file, signal) =>
      limits.run('prepare', serverRequestsMax, () => place.prepare(file, signal)),
    remove: (file, signal) =>
      limits.run('remove', serverRequestsMax, () => place.remove(file, signal)),
    restore: (file, signal) =>
      limits.run('restore', serverRequestsMax, () => place.restore(file, signal)),
  };
}

function placesOf(
  { roots, http = noServers, s3 = noBuckets }: FilePlaces,
  { reach = systemReach(), lookup }: FileReach,
): PlacesByScheme {
  const servers = sparing(new HttpFiles(http, lookup));
  if (s3.buckets.length > 0) requireS3Package();
  return new Map<string, FilePlace>([
    ['file', new LocalFiles(roots, reach)],
    ['http', servers],
    ['https', servers],
    ['s3', sparing(new S3Files(s3.buckets, new S3Sdk(s3)))],
  ]);
}

async function prepare(
  places: PlacesByScheme,
  file: FileInput,
  { attempt: attempts, signal }: ActivityContext,
): Promise<Preparation> {
  try {
    const found = await placeOf(places, file).prepare(file, signal);
    return found.kind === 'absent'
      ? { kind: 'absent', note: 'absent', attempts }
      : { ...found, attempts };
  } catch (error) {
    return { kind: 'refused', note: noteOf(error), attempts };
  }
}

async function remove(
  places: PlacesByScheme,
  file: FileToTake,
  { attempt: attempts, signal }: ActivityContext,
): Promise<Removal> {
  try {
    return { ...(await placeOf(places, file).remove(file, signal)), attempts };
  } catch (error) {
    return { kind: 'refused', note: noteOf(error), attempts };
  }
}

async function restore(
  places: PlacesByScheme,
  file: FileInput,
  { signal }: ActivityContext,
): Promise<Restoration> {
  try {
    await placeOf(places, file).restore(file, signal);
    return { kind: 'restored' };
  } catch (error) {
    return { kind: 'not restored', note: noteOf(error) };
  }
}

function placeOf(places: PlacesByScheme, { url }: FileInput): FilePlace {
  const scheme = schemeOf(url);
  const place = places.get(scheme);
  if (place !== undefined) return place;
  const allowed = [...places.keys()].map((name) => `'${name}:'`).join(', ');
  if (scheme === '')
    throw new Refused('bad-message', `'${url}' is not a URL; allowed are URLs with ${allowed}`);
  throw new Refused(
    'not-supported',
    `files with the scheme '${scheme}:' cannot be removed here, only ${allowed}`,
  );
}

/** The note of a refusal. Any other error is thrown again, and the activity is tried again. */
function noteOf(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  throw error;
}
