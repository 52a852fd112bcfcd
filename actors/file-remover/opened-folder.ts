/**
 * A folder that stays the same folder while other programs rename and link: entries are reached from
 * the opened folder, never again by a path from the root of the disk.
 *
 * 1. A folder below is opened without following a link.
 * 2. With `descriptor` (Linux) an entry's path begins at the open descriptor, so no rename above can
 *    redirect an operation.
 * 3. With `path` (other systems) the folder and all folders above are compared by device and inode
 *    before and after each operation. A swap and its reversal inside one operation stay unseen.
 */
import { type BigIntStats, constants, existsSync } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  realpath,
  rename,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, Refused, Transient } from '../../runtime/ports/errors.ts';

export type Reach = 'descriptor' | 'path';

/** The way in which this system reaches the entries of an opened folder. */
export function systemReach(): Reach {
  return process.platform === 'linux' && existsSync('/proc/self/fd') ? 'descriptor' : 'path';
}

const rootFlags = constants.O_RDONLY | constants.O_DIRECTORY;
const folderFlags = rootFlags | constants.O_NOFOLLOW;

export class OpenedFolder {
  readonly #handle: FileHandle;
  /** Undefined with `descriptor`, which compares nothing. */
  readonly #stats: BigIntStats | undefined;
  readonly #path: string;
  readonly #reach: Reach;
  readonly #above: OpenedFolder | undefined;

  private constructor(
    handle: FileHandle,
    stats: BigIntStats | undefined,
    place: { path: string; reach: Reach; above?: OpenedFolder },
  ) {
    this.#handle = handle;
    this.#stats = stats;
    this.#path = place.path;
    this.#reach = place.reach;
    this.#above = place.above;
  }

  /** The operator names the root, so links in the root's own path are followed. */
  static async root(root: string, reach: Reach): Promise<OpenedFolder> {
    try {
      const path = reach === 'descriptor' ? root : await realpath(root);
      const handle = await open(path, rootFlags);
      return new OpenedFolder(handle, await comparable(handle, reach), { path, reach });
    } catch (cause) {
      // A missing root does not count as an absent file: its disk may come back.
      const text = `the root '${root}' cannot be opened: ${errorText(cause)}`;
      throw new Transient('not-reachable', text, { cause });
    }
  }

  /** Opens a folder below, for the time of `work`. The folder itself for no names. */
  async within<T>(
    names: readonly string[],
    work: (folder: OpenedFolder) => Promise<T>,
  ): Promise<T> {
    const [name, ...below] = names;
    if (name === undefined) return work(this);
    const folder = await this.open(name);
    try {
      return await folder.within(below, work);
    } finally {
      await folder.close();
    }
  }

  /** Opens a folder in this folder. @throws Refused for a link. */
  async open(name: string): Promise<OpenedFolder> {
    const handle = await this.#checked(() =>
      open(this.#entry(name), folderFlags).catch((error) => this.#notOpened(name, error)),
    );
    const stats = await comparable(handle, this.#reach);
    const path = join(this.#path, name);
    return new OpenedFolder(handle, stats, { path, reach: this.#reach, above: this });
  }

  /** Makes the folder for this user alone, unless the folder exists. */
  async make(name: string): Promise<void> {
    await this.#checked(() => mkdir(this.#entry(name), { mode: 0o700 })).catch((error) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  }

  /** The entry itself, never the target of a link; undefined for no entry. */
  async stats(name: string): Promise<BigIntStats | undefined> {
    return this.#checked(() =>
      lstat(this.#entry(name), { bigint: true }).catch((error) => {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw error;
      }),
    );
  }

  /** Opens a file for reading; a link is not followed and a pipe is not waited for. */
  async read(name: string): Promise<FileHandle> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    return this.#checked(() => open(this.#entry(name), flags));
  }

  async move(name: string, to: OpenedFolder, newName: string): Promise<void> {
    await this.#checked(() => rename(this.#entry(name), to.#entry(newName)));
  }

  /** Moves an entry and never replaces an entry; a folder cannot be linked, so it is renamed. */
  async moveToFree(name: string, to: OpenedFolder, newName: string): Promise<void> {
    await this.#checked(() =>
      link(this.#entry(name), to.#entry(newName)).then(
        () => unlink(this.#entry(name)),
        (error) => {
          if (systemCode(error) === 'EEXIST') throw error;
          return rename(this.#entry(name), to.#entry(newName));
        },
      ),
    );
  }

  /** Removes the entry; false when there was none. */
  async unlink(name: string): Promise<boolean> {
    return this.#checked(() =>
      unlink(this.#entry(name)).then(
        () => true,
        (error) => {
          if (systemCode(error) === 'ENOENT') return false;
          throw error;
        },
      ),
    );
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #entry(name: string): string {
    const folder = this.#reach === 'descriptor' ? `/proc/self/fd/${this.#handle.fd}` : this.#path;
    return join(folder, name);
  }

  async #checked<T>(act: () => Promise<T>): Promise<T> {
    await this.#confirm();
    const result = await act();
    await this.#confirm();
    return result;
  }

  async #confirm(): Promise<void> {
    if (this.#stats === undefined) return;
    const now = await lstat(this.#path, { bigint: true }).catch(() => undefined);
    if (now === undefined || !isSameFile(now, this.#stats)) throw swapped(this.#path);
    if (this.#above !== undefined) await this.#above.#confirm();
  }

  /**
   * Opening a link fails like opening a file that is no folder; only the entry itself tells the two
   * apart.
   */
  async #notOpened(name: string, error: unknown): Promise<never> {
    if (!['ELOOP', 'ENOTDIR'].includes(systemCode(error))) throw error;
    const entry = await lstat(this.#entry(name));
    if (entry.isDirectory()) throw swapped(join(this.#path, name));
    if (!entry.isSymbolicLink()) throw error;
    throw new Refused('not-permitted', `the folder '${name}' is a link, and no link is followed`);
  }
}

async function comparable(handle: FileHandle, reach: Reach): Promise<BigIntStats | undefined> {
  return reach === 'path' ? handle.stat({ bigint: true }) : undefined;
}

export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** The code of an error of the file system; '' for any other error. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function swapped(path: string): Transient {
  return new Transient('expectation-failed', `another program has just replaced '${path}'`);
}
