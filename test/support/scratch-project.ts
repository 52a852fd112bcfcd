/**
 * A throw-away project of test files in the system's temporary folder: how the test support is tested from outside.
 *
 * Job: write sources (each gets `suite`, `assert` and `seed` imported), run one Node process on them, remove them.
 * Boundary: the processes inherit no setting of the surrounding run; what they need is passed in `env`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programAt } from './program.ts';

export interface ProcessResult {
  readonly code: number | null;
  /** stdout and stderr as they came. */
  readonly output: string;
  /** Of stdout: how the two streams interleave is chance. */
  readonly lastLine: string;
}

export interface ScratchProject {
  write(path: string, source: string): void;
  /** Runs a script with the project as working directory; one in TypeScript by tsx. */
  node(
    script: string,
    options?: { args?: readonly string[]; env?: Readonly<Record<string, string>> },
  ): Promise<ProcessResult>;
  remove(): void;
}

const tsx = import.meta.resolve('tsx');
const support = programAt(new URL('./suite.ts', import.meta.url));
const imports = `import { assert, seed, suite } from '${pathToFileURL(support.file)}';\n`;
const settings = ['TEST_SEED', 'TEST_FILE_LIMIT_MS', 'REQUIRE_SERVERS'];

export function scratchProject(): ScratchProject {
  const dir = mkdtempSync(join(tmpdir(), 'unanimous-scratch-'));
  const write = (path: string, source: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), imports + source);
  };
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  return {
    write,
    node: (script, { args = [], env = {} } = {}) =>
      runNode(
        dir,
        [...(script.endsWith('.ts') ? ['--import', tsx] : support.options), script, ...args],
        env,
      ),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function runNode(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProcessResult> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !settings.includes(name)),
  );
  const child = spawn(process.execPath, args, { cwd, env: { ...inherited, ...env } });
  const chunks: Buffer[] = [];
  const printed: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk) && printed.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const output = Buffer.concat(chunks).toString('utf8');
      const lines = Buffer.concat(printed).toString('utf8').trimEnd().split('\n');
      resolve({ code, output, lastLine: lines.at(-1) ?? '' });
    });
  });
}
