/**
 * A lock on a folder for one process at a time. PGlite has no lock of its own, and two processes in
 * one cluster destroy it.
 *
 * Invariants:
 * - Write, then look: a process first writes its own lock file and then looks for the files of
 *   others. So of two processes at the same moment at least one sees the other. Both may fail;
 *   never do both succeed.
 * - The name of the file identifies the holder: boot, process number, and start time of the
 *   process, because process numbers are used again.
 * - Stale files are deleted: those of another boot, of a process that has ended, or of one with
 *   another start time.
 * - Without /proc, the process number alone decides. Processes that cannot see each other
 *   (containers with process numbers of their own) are not kept apart: do not share the folder
 *   between them.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Transient } from '../ports/errors.ts';

interface Holder {
  readonly bootId: string;
  readonly pid: number;
  /** Clock ticks after boot; `0` when unknown. */
  readonly startedAt: string;
}

export interface FolderLock {
  release(): void;
}

const fileName = /^held-by-(\d+)-(\d+)-([0-9a-f-]+)\.lock$/;
const unknownBoot = '0';

/** @throws Transient `journal-locked` when a running process, or this one, holds the folder */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const own = { bootId: bootId(), pid: process.pid, startedAt: startOf(process.pid) ?? '0' };
  const ownFile = join(folder, `held-by-${own.pid}-${own.startedAt}-${own.bootId}.lock`);
  if (existsSync(ownFile)) throw heldBy(folder, own, ownFile);
  writeFileSync(ownFile, '', { flag: 'wx' });
  for (const [name, holder] of holdersIn(folder)) {
    const file = join(folder, name);
    if (file === ownFile) continue;
    if (isAlive(holder)) {
      rmSync(ownFile, { force: true });
      throw heldBy(folder, holder, file);
    }
    rmSync(file, { force: true });
  }
  return { release: () => rmSync(ownFile, { force: true }) };
}

function holdersIn(folder: string): (readonly [string, Holder])[] {
  return readdirSync(folder).flatMap((name) => {
    const [, pid, startedAt = '0', boot = unknownBoot] = fileName.exec(name) ?? [];
    return pid === undefined
      ? []
      : [[name, { bootId: boot, pid: Number(pid), startedAt }] as const];
  });
}

function heldBy(folder: string, holder: Holder, file: string): Transient {
  const since = statSync(file, { throwIfNoEntry: false })?.mtime.toISOString() ?? 'a moment ago';
  return new Transient(
    'journal-locked',
    `${folder} is held by process ${holder.pid} since ${since}`,
  );
}

function isAlive({ bootId: boot, pid, startedAt }: Holder): boolean {
  if (boot !== bootId() || !answersSignals(pid)) return false;
  return existsSync('/proc/self/stat') ? startOf(pid) === startedAt : true;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process runs and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Start time of a process in clock ticks after boot; undefined when it has ended, collected or not.
 */
function startOf(pid: number): string | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command in parentheses may hold any text. After it, the state is the first field, and the
  // start time the 20th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function bootId(): string {
  return contentOf('/proc/sys/kernel/random/boot_id')?.trim() ?? unknownBoot;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
