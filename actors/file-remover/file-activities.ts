/**
 * The examination and the removal of a file: two activities, so that size and hash are durable
 * before the file is removed.
 *
 * 1. Both may run again: an absent file is an answer, not an error.
 * 2. A refusal is an answer too, with its reason. Any other failure is tried again.
 */
import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, unlink } from 'node:fs/promises';
import { Refused } from '../../runtime/ports/errors.ts';
import { type ActivityContext, activity } from '../../runtime/step/activity.ts';
import { isMissing, removableFile } from './removable-file.ts';

export type FileInput = { readonly url: string };
export type Examination =
  | {
      readonly kind: 'present';
      readonly bytes: number;
      readonly sha256: string;
      readonly attempts: number;
    }
  | { readonly kind: 'absent' | 'refused'; readonly note: string; readonly attempts: number };
export type Removal = {
  readonly kind: 'removed' | 'refused';
  readonly note: string | null;
  readonly attempts: number;
};

/** About ten minutes altogether. */
export const filePolicy = {
  attemptsMax: 12,
  firstDelayMs: 200,
  factor: 3,
  delayMaxMs: 60_000,
  timeoutMs: 300_000,
} as const;

/** `roots`: absolute paths of the folders in which files may be removed. */
export function fileActivities(roots: readonly string[]) {
  return {
    examineFile: activity<Examination, FileInput>(
      (input, context) => examine(input, roots, context),
      filePolicy,
    ),
    removeFile: activity<Removal, FileInput>(
      (input, context) => remove(input, roots, context),
      filePolicy,
    ),
  };
}

async function examine(
  { url }: FileInput,
  roots: readonly string[],
  { attempt: attempts, signal }: ActivityContext,
): Promise<Examination> {
  try {
    const content = await contentOf(await removableFile(url, roots), signal);
    return { kind: 'present', ...content, attempts };
  } catch (error) {
    if (isMissing(error)) return { kind: 'absent', note: 'absent', attempts };
    if (error instanceof Refused) return { kind: 'refused', note: noteOf(error), attempts };
    throw error;
  }
}

async function remove(
  { url }: FileInput,
  roots: readonly string[],
  { attempt: attempts }: ActivityContext,
): Promise<Removal> {
  try {
    await unlink(await removableFile(url, roots));
    return { kind: 'removed', note: null, attempts };
  } catch (error) {
    // The file was present at the examination: an earlier try removed it.
    if (isMissing(error)) return { kind: 'removed', note: null, attempts };
    if (error instanceof Refused) return { kind: 'refused', note: noteOf(error), attempts };
    throw error;
  }
}

/**
 * A link or a pipe that took the file's place after the examination is neither followed nor waited
 * for.
 */
async function contentOf(
  path: string,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await hashed(file, signal);
  } finally {
    await file.close();
  }
}

async function hashed(
  file: FileHandle,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of file.createReadStream({
    autoClose: false,
  }) as AsyncIterable<Uint8Array>) {
    signal.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function noteOf(error: Refused): string {
  return `${error.code}: ${error.message}`;
}
