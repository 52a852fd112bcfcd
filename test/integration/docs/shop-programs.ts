/** The programs of `docs/services.md`, in a process of their own that can be killed. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { type Program, programAt } from '../../support/program.ts';

export interface Death {
  /** At the n-th failpoint. */
  readonly failpoint?: number;
  /** So many milliseconds after the process was started. */
  readonly afterMs?: number;
}

export interface Run {
  /** True when it came to its end. */
  readonly ended: boolean;
  /** What it printed. */
  readonly lines: readonly string[];
  readonly output: string;
  /** Failpoints it has reached; 0 when it was killed. */
  readonly reached: number;
  readonly durationMs: number;
}

const programs = ['orders.ts', 'trips.ts', 'main.ts'].map((name) =>
  programAt(new URL(`../../unit/docs/shop/${name}`, import.meta.url)),
);

/** The package by a file of ours, and its dependency where it is installed: the folder has neither. */
function resolved(code: string): string {
  const mortal = pathToFileURL(programAt(new URL('./mortal-package.ts', import.meta.url)).file);
  return code
    .replace(/from '(?:\.\.\/)+(?:index|deployment)\.[jt]s'/, `from '${mortal}'`)
    .replace("from 'xstate'", `from '${import.meta.resolve('xstate')}'`)
    .replace("from 'typebox'", `from '${import.meta.resolve('typebox')}'`);
}

export async function writePrograms(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { file } of programs)
    await writeFile(join(folder, basename(file)), resolved(await readFile(file, 'utf8')));
}

/** Resolves when the process is gone. */
export function runMain(folder: string, databaseUrl: string, death: Death = {}): Promise<Run> {
  const env = { ...process.env, SHOP_DATA: databaseUrl, DIE_AT: String(death.failpoint ?? 0) };
  const main = programs.at(-1) as Program;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...main.options, join(folder, basename(main.file))], {
    env,
  });
  const cancel =
    death.afterMs === undefined
      ? () => undefined
      : systemClock.after(death.afterMs, () => child.kill('SIGKILL'));
  const texts = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.error += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      cancel();
      const reached = Number(/reached (\d+)/.exec(texts.error)?.[1] ?? 0);
      const lines = texts.out.split('\n').filter((line) => line !== '');
      resolve({
        ended: code === 0,
        lines,
        reached,
        output: texts.out + texts.error,
        durationMs: performance.now() - startedMs,
      });
    });
  });
}
