/**
 * Files in buckets of S3 and of servers with its protocol.
 *
 * 1. Only keys below a listed bucket and folder are removed.
 * 2. A bucket that keeps versions hides a file behind a delete marker. A file is removed when each of
 *    its versions is removed by its id; a delete marker in place of a removal is a refusal.
 * 3. Only the versions that the preparation found are removed. So a file that is uploaded again stays.
 * 4. Old versions go first and delete markers last. So a hidden file is not visible in between.
 */
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type FileInput,
  type FilePlace,
  type FileToTake,
  type Found,
  requireThere,
  type Taken,
} from './file-place.ts';
import { bucketAndKey } from './file-url.ts';

export type S3Key = { readonly bucket: string; readonly key: string };

/** One version of an object, or a delete marker. */
export type S3Version = {
  /** Null in a bucket without versions. */
  readonly id: string | null;
  readonly etag: string | null;
  readonly bytes: number;
  readonly isMarker: boolean;
};

export type S3Head = {
  readonly etag: string | null;
  readonly bytes: number;
  /** Hexadecimal; null when the server keeps no SHA-256 of the whole content. */
  readonly sha256: string | null;
};

/** A visible object in the list of a bucket. */
export type S3Listed = {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly changedAtMs: number;
};

/** Errors are `Refused` where another try cannot help, and `Transient` otherwise. */
export interface S3Objects {
  /** Undefined for a key without an object. */
  head(at: S3Key, signal: AbortSignal): Promise<S3Head | undefined>;
  /** Of exactly this key, the newest first; undefined for a server that keeps no versions. */
  versions(at: S3Key, signal: AbortSignal): Promise<readonly S3Version[] | undefined>;
  /** Objects whose keys begin so, by key from the first after `after`: at most 1 000 a page. */
  list(
    at: { readonly bucket: string; readonly prefix: string; readonly after: string },
    signal: AbortSignal,
  ): Promise<readonly S3Listed[]>;
  /** Resolves to the id of the delete marker that the server has made in place of a removal. */
  remove(at: S3Key, versionId: string | null, signal: AbortSignal): Promise<string | undefined>;
}

const versionsMax = 1_000;

export class S3Files implements FilePlace {
  readonly #buckets: readonly string[];
  readonly #objects: S3Objects;

  /**
   * `buckets`: names of buckets, each with folders behind slashes where not the whole bucket is
   * meant.
   */
  constructor(buckets: readonly string[], objects: S3Objects) {
    this.#buckets = buckets;
    this.#objects = objects;
  }

  async prepare({ url }: FileInput, signal: AbortSignal): Promise<Found> {
    const at = this.#keyOf(url);
    const versions = await this.#versions(at, signal);
    const live = versions.filter(({ isMarker }) => !isMarker);
    if (live.length === 0) return { kind: 'absent' };
    const [only] = live.length === 1 && versions.length === 1 ? live : [];
    const head = only === undefined ? undefined : await this.#objects.head(at, signal);
    return {
      kind: 'present',
      bytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: head !== undefined && head.etag === only?.etag ? head.sha256 : null,
      evidence: { versions },
    };
  }

  async remove({ url, evidence = null }: FileToTake, signal: AbortSignal): Promise<Taken> {
    const at = this.#keyOf(url);
    const found = versionsIn(evidence);
    const present = await this.#versions(at, signal);
    const now = new Map(present.map((version) => [version.id, version]));
    const left = inOrder(found).filter(({ id }) => now.has(id));
    const changed = left.find(({ id, etag }) => now.get(id)?.etag !== etag);
    if (changed !== undefined)
      throw new Refused('expectation-failed', 'the file has changed since it was looked at');
    for (const { id } of left) {
      const marker = await this.#objects.remove(at, id, signal);
      if (marker !== undefined) throw hidden(marker);
    }
    return { kind: 'removed', note: null, evidence: removedEvidence(found) };
  }

  /** The preparation only looks at the file, and so does this. */
  async restore(file: FileInput, signal: AbortSignal): Promise<void> {
    requireThere(await this.prepare(file, signal));
  }

  /** Without versions, the object is its own only version. */
  async #versions(at: S3Key, signal: AbortSignal): Promise<readonly S3Version[]> {
    const versions = await this.#objects.versions(at, signal);
    if (versions === undefined) {
      const head = await this.#objects.head(at, signal);
      return head === undefined
        ? []
        : [{ id: null, etag: head.etag, bytes: head.bytes, isMarker: false }];
    }
    if (versions.length <= versionsMax) return versions;
    throw new Refused('not-supported', `the file has more than ${versionsMax} versions`);
  }

  #keyOf(url: string): S3Key {
    return listedKeyOf(url, this.#buckets);
  }
}

/** A place of `file_remover.s3.buckets`: the bucket, and how the keys of its folder begin. */
export function bucketPlace(place: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = '', ...folders] = place.split('/').filter((part) => part !== '');
  return { bucket, prefix: folders.map((name) => `${name}/`).join('') };
}

/** @throws Refused for a URL that does not name exactly one file, or a file in none of the places. */
export function listedKeyOf(url: string, places: readonly string[]): S3Key {
  const at = bucketAndKey(url);
  const isListed = places.some((place) => {
    const { bucket, prefix } = bucketPlace(place);
    return at.bucket === bucket && at.key.startsWith(prefix);
  });
  if (isListed) return at;
  throw new Refused(
    'not-permitted',
    `file_remover.s3.buckets does not list the bucket '${at.bucket}' with a folder of this key`,
  );
}

function inOrder(versions: readonly S3Version[]): readonly S3Version[] {
  const oldestFirst = versions.toReversed();
  return [
    ...oldestFirst.filter(({ isMarker }) => !isMarker),
    ...oldestFirst.filter(({ isMarker }) => isMarker),
  ];
}

function removedEvidence(versions: readonly S3Version[]): JsonObject {
  const markers = versions.filter(({ isMarker }) => isMarker).length;
  return {
    versions,
    removedVersions: versions.length - markers,
    removedDeleteMarkers: markers,
  };
}

function hidden(marker: string): Refused {
  return new Refused(
    'refused',
    `the server has hidden the file behind the delete marker '${marker}' and keeps the file; its versions cannot be listed`,
  );
}

/** The evidence of the preparation, as the journal hands it back. */
function versionsIn(evidence: JsonObject | null): readonly S3Version[] {
  const list: Json | undefined = evidence?.['versions'];
  return Array.isArray(list) ? (list as readonly S3Version[]) : [];
}
