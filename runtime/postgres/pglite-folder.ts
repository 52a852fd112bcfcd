/**
 * The folder of an embedded database: its lock, and a cluster that is either complete or absent.
 *
 * Invariants:
 * - The cluster is unpacked from a prepared archive, which is faster than PGlite's `initdb`.
 * - A mark file is written after the first start. A cluster without the mark is incomplete and is
 *   made anew; nothing was committed to it.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataDir as preparedCluster } from '@electric-sql/pglite-prepopulatedfs';
import { Broken, errorText, UnanimousError } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

export interface PgliteFolder {
  /** The folder of PGlite's cluster. */
  readonly clusterPath: string;
  /** The prepared cluster for the first start; left out when there is a cluster. */
  readonly archive?: Blob;
  /** To be called when PGlite has started. */
  started(): void;
  release(): void;
}

/** @throws Transient `journal-locked`, Broken `config-invalid` for a folder that cannot be made */
export async function openPgliteFolder(
  folder: string,
  failpoints: Failpoints,
): Promise<PgliteFolder> {
  if (folder === '')
    return {
      clusterPath: 'memory://',
      archive: await preparedCluster(),
      started: () => undefined,
      release: () => undefined,
    };
  const lock = lockedFolder(folder);
  failpoints.reach('open.folder-locked');
  try {
    return await openCluster(folder, lock, failpoints);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockedFolder(folder: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (cause) {
    if (cause instanceof UnanimousError) throw cause;
    throw new Broken(
      'config-invalid',
      `the folder of the embedded database cannot be used: ${errorText(cause)}`,
      { at: 'database_url', cause },
    );
  }
}

async function openCluster(
  folder: string,
  lock: FolderLock,
  failpoints: Failpoints,
): Promise<PgliteFolder> {
  // Absolute, because PGlite takes a relative path that begins like a URL for a URL.
  const clusterPath = resolve(folder, 'cluster');
  const mark = join(folder, 'cluster-is-whole');
  const release = () => lock.release();
  if (existsSync(mark)) return { clusterPath, started: () => undefined, release };
  rmSync(clusterPath, { recursive: true, force: true });
  const started = () => {
    failpoints.reach('open.cluster-made');
    writeFileSync(mark, '');
  };
  return { clusterPath, archive: await preparedCluster(), started, release };
}

/** Of `errno.h` in Emscripten: PGlite's file system gives no text with the number. */
const noSpaceErrno = 51;

/** The error of a PGlite that cannot start, with its folder; '' is the memory. */
export function notStarted(path: string, error: unknown): Error {
  if (error instanceof UnanimousError) return error;
  const { errno }: { errno?: unknown } = Object(error);
  const reason = errno === noSpaceErrno ? 'no space is left on its disk' : errorText(error);
  return new Broken(
    'config-invalid',
    `the embedded database in ${path === '' ? 'memory' : path} cannot start: ${reason}`,
    { at: 'database_url', cause: error },
  );
}
