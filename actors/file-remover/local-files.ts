/**
 * Files on the disk below the configured roots: into quarantine first, then removed.
 *
 * 1. Only a regular file with one link is moved, and no link is followed on the way from the root.
 *    The file that was looked at is the file that is moved, else it goes back.
 * 2. The quarantine is a folder below the root that only this user can enter. The name in
 *    quarantine belongs to one file record, so a repeated try finds the file there, and a newer
 *    file at the old place stays.
 * 3. A missing root does not count as an absent file, because its disk may come back.
 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { errorText, Refused } from '../../runtime/ports/errors.ts';
import type { Content, FileInput, FilePlace, Found, Taken } from './file-place.ts';
import { localNames } from './file-url.ts';
import { isSameFile, type OpenedFolder, type Reach, swapped, systemCode } from './opened-folder.ts';
import { QuarantineOfMoment, quarantineName } from './opened-quarantine.ts';

/** Of most files one part is read; of a longer file larger parts follow. */
const firstBytes = 16_384;
const furtherBytes = 262_144;

type LocalPath = {
  readonly root: string;
  readonly folders: readonly string[];
  readonly name: string;
};

export class LocalFiles implements FilePlace {
  readonly #roots: readonly string[];
  readonly #reach: Reach;
  /** The quarantines that were opened in this moment, by root. */
  readonly #opened = new Map<string, QuarantineOfMoment>();

  /** `roots`: absolute paths. */
  constructor(roots: readonly string[], reach: Reach) {
    this.#roots = roots;
    this.#reach = reach;
  }

  /** Moves the file into quarantine, and measures it there. */
  async prepare(file: FileInput, signal: AbortSignal): Promise<Found> {
    const path = localPathOf(localNames(file.url), this.#roots);
    const content = await refusingHopeless(() =>
      this.#inQuarantine(path.root, async (quarantine, root) => {
        const held = heldName(file);
        const isHeld = (await quarantine.stats(held)) ?? (await hold(path, root, quarantine, held));
        return isHeld && contentOf(quarantine, held, signal);
      }),
    );
    return content === undefined ? { kind: 'absent' } : { kind: 'present', ...content };
  }

  /** Removes the file from quarantine. Nothing is there after an earlier try. */
  async remove(file: FileInput): Promise<Taken> {
    const { root } = localPathOf(localNames(file.url), this.#roots);
    await this.#inQuarantine(root, (quarantine) => quarantine.unlink(heldName(file)));
    return { kind: 'removed', note: null };
  }

  /** Moves the file back and never replaces a file. */
  async restore(file: FileInput): Promise<void> {
    const { root, folders, name } = localPathOf(localNames(file.url), this.#roots);
    await this.#inQuarantine(root, (quarantine, above) =>
      above.within(folders, (folder) => putBack(quarantine, heldName(file), folder, name)),
    ).catch((error) => {
      if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error))) throw error;
      throw new Refused('gone', `the folder of the file is gone: ${errorText(error)}`);
    });
  }

  #inQuarantine<T>(
    root: string,
    work: (quarantine: OpenedFolder, root: OpenedFolder) => Promise<T>,
  ): Promise<T> {
    const known = this.#opened.get(root);
    if (known?.isInUse) return known.use(work);
    const opened = new QuarantineOfMoment(root, this.#reach);
    this.#opened.set(root, opened);
    setImmediate(() => this.#opened.delete(root));
    return opened.use(work);
  }
}

async function hold(
  { folders, name }: LocalPath,
  root: OpenedFolder,
  quarantine: OpenedFolder,
  held: string,
): Promise<BigIntStats | undefined> {
  try {
    return await root.within(folders, (folder) => moved(folder, name, quarantine, held));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return undefined;
    throw error;
  }
}

/** The name in quarantine of the file of a record. */
export function heldName({ id, url }: FileInput): string {
  return createHash('sha256')
    .update(JSON.stringify([id, url]))
    .digest('hex');
}

/** The deepest root above the file. @throws Refused for a file below no root. */
export function localPathOf(names: readonly string[], roots: readonly string[]): LocalPath {
  const above = roots
    .map((root) => ({ root, parts: root.split('/').filter((part) => part !== '') }))
    .filter(({ parts }) => parts.every((part, at) => names[at] === part))
    .sort((a, b) => b.parts.length - a.parts.length);
  const [{ root, parts } = { root: '', parts: [] }] = above;
  const below = names.slice(parts.length);
  const name = below.at(-1);
  if (root === '' || name === undefined || below[0] === quarantineName)
    throw new Refused(
      'not-permitted',
      `/${names.join('/')} is outside the folders in which files may be removed: ${roots.join(', ') || 'none'}`,
    );
  return { root, folders: below.slice(0, -1), name };
}

async function moved(
  folder: OpenedFolder,
  name: string,
  quarantine: OpenedFolder,
  held: string,
): Promise<BigIntStats | undefined> {
  const before = await folder.stats(name);
  if (before === undefined) return undefined;
  requirePlain(before);
  await folder.move(name, quarantine, held).catch((error) => {
    throw systemCode(error) === 'ENOENT' ? swapped(name) : error;
  });
  const after = await quarantine.stats(held);
  if (after !== undefined && isSameFile(before, after) && after.nlink === 1n) return after;
  await quarantine.moveToFree(held, folder, name);
  throw swapped(name);
}

/**
 * An earlier try may have ended at any point: before the move, between the new name and the end of
 * the old name, or after the move.
 */
async function putBack(
  quarantine: OpenedFolder,
  held: string,
  folder: OpenedFolder,
  name: string,
): Promise<void> {
  const [there, back] = [await quarantine.stats(held), await folder.stats(name)];
  if (there === undefined && back === undefined)
    throw new Refused('gone', 'the file is neither in quarantine nor at its place');
  if (there === undefined) return;
  if (back === undefined) return quarantine.moveToFree(held, folder, name);
  if (!isSameFile(there, back))
    throw new Refused('name-taken', 'another file is at the place of the file');
  await quarantine.unlink(held);
}

const kinds: readonly (readonly [string, (stats: BigIntStats) => boolean])[] = [
  ['a folder', (stats) => stats.isDirectory()],
  ['a symbolic link', (stats) => stats.isSymbolicLink()],
  ['a socket', (stats) => stats.isSocket()],
  ['a pipe', (stats) => stats.isFIFO()],
];

function requirePlain(stats: BigIntStats): void {
  if (!stats.isFile()) {
    const kind = kinds.find(([, isKind]) => isKind(stats))?.[0] ?? 'a device';
    throw new Refused('not-permitted', `${kind} is at the place; allowed is a regular file`);
  }
  if (stats.nlink !== 1n)
    throw new Refused('not-permitted', `the file has ${stats.nlink} names (hard links), not one`);
}

async function contentOf(
  quarantine: OpenedFolder,
  held: string,
  signal: AbortSignal,
): Promise<Content> {
  const file = await quarantine.read(held).catch((error) => {
    if (systemCode(error) === 'EACCES') return undefined;
    throw error;
  });
  if (file === undefined) return unread(quarantine, held);
  try {
    return await hashed(file, signal);
  } finally {
    await file.close();
  }
}

async function unread(quarantine: OpenedFolder, held: string): Promise<Content> {
  return { bytes: Number((await quarantine.stats(held))?.size ?? 0), sha256: null };
}

async function hashed(file: FileHandle, signal: AbortSignal): Promise<Content> {
  const hash = createHash('sha256');
  let buffer = Buffer.allocUnsafe(firstBytes);
  for (let bytes = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
    if (bytesRead === firstBytes) buffer = Buffer.allocUnsafe(furtherBytes);
  }
}

/** Errors of the file system that a further try cannot change, with the words of the refusal. */
const hopeless: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'a name of the path is too long',
  EXDEV: 'the file is on another file system than its root; name a root on that file system',
};

async function refusingHopeless<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const reason = hopeless[systemCode(cause)];
    if (reason === undefined) throw cause;
    throw new Refused('not-permitted', `${reason}: ${errorText(cause)}`, { cause });
  }
}
