/**
 * The two activities of a removal: the preparation and the removal itself, so that size and digest
 * are durable before the file is gone.
 *
 * 1. Both may run again: an absent file is an answer, not an error.
 * 2. A refusal is an answer too, with its reason. Any other failure is tried again.
 */
import { Refused } from '../../runtime/ports/errors.ts';
import { type ActivityContext, activity } from '../../runtime/step/activity.ts';
import { schemeOf } from './file-url.ts';
import { type Content, type FileInput, LocalFiles } from './local-files.ts';
import { systemReach } from './opened-folder.ts';

export type Preparation =
  | (Content & { readonly kind: 'present'; readonly attempts: number })
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
export function fileActivities(roots: readonly string[], reach = systemReach()) {
  const files = new LocalFiles(roots, reach);
  return {
    prepareFile: activity<Preparation, FileInput>(
      (input, context) => prepare(files, input, context),
      filePolicy,
    ),
    removeFile: activity<Removal, FileInput>(
      (input, context) => remove(files, input, context),
      filePolicy,
    ),
  };
}

async function prepare(
  files: LocalFiles,
  file: FileInput,
  { attempt: attempts, signal }: ActivityContext,
): Promise<Preparation> {
  try {
    requireLocal(file);
    const content = await files.prepare(file, signal);
    return content === undefined
      ? { kind: 'absent', note: 'absent', attempts }
      : { kind: 'present', ...content, attempts };
  } catch (error) {
    return { kind: 'refused', note: noteOf(error), attempts };
  }
}

async function remove(
  files: LocalFiles,
  file: FileInput,
  { attempt: attempts }: ActivityContext,
): Promise<Removal> {
  try {
    requireLocal(file);
    await files.remove(file);
    return { kind: 'removed', note: null, attempts };
  } catch (error) {
    return { kind: 'refused', note: noteOf(error), attempts };
  }
}

function requireLocal({ url }: FileInput): void {
  const scheme = schemeOf(url);
  if (scheme === '') throw new Refused('bad-message', 'it is not a URL');
  if (scheme !== 'file')
    throw new Refused(
      'not-supported',
      `files with the scheme '${scheme}:' cannot be removed here, only 'file:'`,
    );
}

/** The note of a refusal. Any other error goes on, and its try is followed by another. */
function noteOf(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  throw error;
}
