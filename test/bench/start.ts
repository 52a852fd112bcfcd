/**
 * `unanimous up` to its first word that it is ready, on memory and PGlite: the first time in a folder and the second; and its memory then.
 * Beside it, a process that only opens PGlite in a folder of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measuredProgramAt } from '../support/program.ts';
import { projectRoot } from '../support/project-root.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';

const built = { options: [], file: join(projectRoot, 'dist', 'cli', 'cli.js') };
const cli = measuredProgramAt(new URL('../../cli/cli.ts', import.meta.url));
const embedded = measuredProgramAt(new URL('./start-embedded.ts', import.meta.url));

interface Started {
  readonly ms: number;
  readonly megabytes: number;
}

/** The most a process has held so far; 0 where the system does not tell. */
function peakMegabytes(pid: number): number {
  try {
    const [, kilobytes = '0'] =
      /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1_024;
  } catch {
    return 0;
  }
}

async function firstLine(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`it ended with ${code} before it was ready`)),
  );
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), ended]);
}

/** Starts it, waits for the first line of its output, and stops it. */
async function started(args: readonly string[], cwd: string): Promise<Started> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  await firstLine(child);
  const result = { ms: performance.now() - startMs, megabytes: peakMegabytes(child.pid ?? 0) };
  child.kill('SIGTERM');
  await once(child, 'exit');
  return result;
}

/** As it is installed: built. The tiny size is content with what the benchmark itself runs from. */
function up(folder: string, size: Size): Promise<Started> {
  const { options, file } = size === 'tiny' ? cli : built;
  return started([...options, file, 'up', '--data', join(folder, 'ours')], folder);
}

function bare(folder: string): Promise<Started> {
  return started([...embedded.options, embedded.file, join(folder, 'bare')], folder);
}

async function open(size: Size, isFirst: boolean): Promise<Contest> {
  const folders: string[] = [];
  const seen: { ours: number[]; other: number[] } = { ours: [], other: [] };
  const side =
    (start: (folder: string) => Promise<Started>, megabytes: number[]) =>
    async (): Promise<Sample> => {
      const folder = mkdtempSync(join(tmpdir(), 'unanimous-start-'));
      folders.push(folder);
      if (!isFirst) await start(folder);
      const result = await start(folder);
      megabytes.push(result.megabytes);
      return { value: result.ms };
    };
  return {
    ours: side((folder) => up(folder, size), seen.ours),
    other: side(bare, seen.other),
    notes: () => [
      `memory at that moment: ours ${Math.max(...seen.ours).toFixed(0)} MB, other ${Math.max(...seen.other).toFixed(0)} MB`,
    ],
    close: async () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const start: readonly Benchmark[] = (['first', 'second'] as const).map((time) => ({
  name: 'start',
  parameter: time,
  unit: 'ms',
  lessIsBetter: true,
  needs: [],
  slow: true,
  open: (size) => open(size, time === 'first'),
}));
