/**
 * The operations of `s3-files.ts` by the AWS SDK, an optional package that is loaded with the first
 * file on S3.
 *
 * 1. The SDK tries once: the journal's tries survive the process.
 * 2. An answer of the server that a further try cannot change is `Refused`, with the server's code
 *    and words. Secrets are in neither.
 */
import { createRequire } from 'node:module';
import type { S3Client } from '@aws-sdk/client-s3';
import { Broken, errorText, Refused, Transient } from '../../runtime/ports/errors.ts';
import type { S3Head, S3Key, S3Listed, S3Objects, S3Version } from './s3-files.ts';

export type S3Settings = {
  readonly buckets: readonly string[];
  /** Null: the SDK's own, from the environment. */
  readonly region: string | null;
  /** Null: the endpoint of AWS. */
  readonly endpoint: string | null;
  /** The bucket stands in the path and not in the name of the host. */
  readonly isPathStyle: boolean;
  readonly timeoutMs: number;
};

export const noBuckets: S3Settings = {
  buckets: [],
  region: null,
  endpoint: null,
  isPathStyle: false,
  timeoutMs: 30_000,
};

const packageName = '@aws-sdk/client-s3';

type Sdk = typeof import('@aws-sdk/client-s3');
type Loaded = { readonly sdk: Sdk; readonly client: S3Client };

/** @throws Broken `config-invalid` when the package of the SDK is not installed. */
export function requireS3Package(
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): void {
  try {
    resolve(packageName);
  } catch (cause) {
    throw new Broken(
      'config-invalid',
      `file_remover.s3 needs the package ${packageName}: npm install ${packageName}@3`,
      { at: '/file_remover/s3', cause },
    );
  }
}

export class S3Sdk implements S3Objects {
  readonly #settings: S3Settings;
  #loaded: Promise<Loaded> | undefined;

  constructor(settings: S3Settings) {
    this.#settings = settings;
  }

  async head({ bucket, key }: S3Key, signal: AbortSignal): Promise<S3Head | undefined> {
    return this.#asked(async ({ sdk, client }, abortSignal) => {
      const input = { Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' } as const;
      const found = await client
        .send(new sdk.HeadObjectCommand(input), { abortSignal })
        .catch(undefinedFor('NotFound', 'NoSuchKey'));
      if (found === undefined) return undefined;
      const { ETag: etag = null, ContentLength: bytes = 0, ChecksumSHA256: checksum } = found;
      return { etag, bytes, sha256: wholeDigest(checksum) };
    }, signal);
  }

  versions({ bucket, key }: S3Key, signal: AbortSignal): Promise<readonly S3Version[] | undefined> {
    return this.#asked(async ({ sdk, client }, abortSignal) => {
      // The key itself is the first of all keys with this prefix.
      const input = { Bucket: bucket, Prefix: key, MaxKeys: 1_000 };
      const page = await client
        .send(new sdk.ListObjectVersionsCommand(input), { abortSignal })
        .catch(undefinedFor('NotImplemented', 'MethodNotAllowed'));
      if (page === undefined) return undefined;
      const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker } = page;
      if (IsTruncated === true && NextKeyMarker === key) throw tooMany(key);
      return [
        ...Versions.map((version) => ({ ...version, isMarker: false })),
        ...DeleteMarkers.map((marker) => ({ ...marker, ETag: null, Size: 0, isMarker: true })),
      ]
        .filter(({ Key }) => Key === key)
        .map(({ VersionId: id = null, ETag: etag = null, Size: bytes = 0, isMarker }) => ({
          id,
          etag,
          bytes,
          isMarker,
        }));
    }, signal);
  }

  list(
    { bucket, prefix, after }: { bucket: string; prefix: string; after: string },
    signal: AbortSignal,
  ): Promise<readonly S3Listed[]> {
    return this.#asked(async ({ sdk, client }, abortSignal) => {
      const input = { Bucket: bucket, Prefix: prefix, MaxKeys: 1_000 };
      const from = after === '' ? {} : { StartAfter: after };
      const command = new sdk.ListObjectsV2Command({ ...input, ...from });
      const { Contents = [] } = await client.send(command, { abortSignal });
      return Contents.map(({ Key: key = '', Size: bytes = 0, LastModified }) => ({
        key,
        bytes,
        changedAtMs: LastModified?.getTime() ?? 0,
      }));
    }, signal);
  }

  remove({ bucket, key }: S3Key, versionId: string | null, signal: AbortSignal) {
    return this.#asked(async ({ sdk, client }, abortSignal) => {
      const version = versionId === null ? {} : { VersionId: versionId };
      const input = { Bucket: bucket, Key: key, ...version };
      const done = await client.send(new sdk.DeleteObjectCommand(input), { abortSignal });
      return versionId === null && done.DeleteMarker === true
        ? (done.VersionId ?? 'unnamed')
        : undefined;
    }, signal);
  }

  async #asked<T>(
    act: (loaded: Loaded, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    this.#loaded ??= load(this.#settings);
    const loaded = await this.#loaded;
    const ends = AbortSignal.any([signal, AbortSignal.timeout(this.#settings.timeoutMs)]);
    try {
      return await act(loaded, ends);
    } catch (error) {
      throw serverError(error);
    }
  }
}

async function load({ region, endpoint, isPathStyle }: S3Settings): Promise<Loaded> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    maxAttempts: 1,
    forcePathStyle: isPathStyle,
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
  });
  return { sdk, client };
}

/** For `catch`: these errors mean that the requested object is missing. */
function undefinedFor(...names: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  };
}

/** The names of errors of the server or of the credentials that pass on their own. */
const passing: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
]);

function serverError(error: unknown): Error {
  if (error instanceof Refused) return error;
  const text = error instanceof Error ? `${error.name}: ${errorText(error)}` : errorText(error);
  const words = text.replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ').slice(0, 300);
  return isFinal(error)
    ? new Refused('refused', `the server of the bucket says ${words}`, { cause: error })
    : new Transient('not-reachable', words, { cause: error });
}

function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'CredentialsProviderError') return true;
  const about: unknown = Reflect.get(error, '$metadata');
  const { httpStatusCode: status = 500 } = (about ?? {}) as { httpStatusCode?: number };
  return status < 500 && status !== 429 && status >= 300 && !passing.has(error.name);
}

function tooMany(key: string): Refused {
  return new Refused('not-supported', `the object '${key}' has more than 1000 versions`);
}

/** A digest of the parts of an upload is no digest of the content. */
function wholeDigest(checksum: string | undefined): string | null {
  return checksum !== undefined && /^[A-Za-z0-9+/]{43}=$/.test(checksum)
    ? Buffer.from(checksum, 'base64').toString('hex')
    : null;
}
