/**
 * A throw-away project of test files in the system's temporary folder: how the test support is tested from outside.
 *
 * Job: write sources (each gets `suite`, `note`, `assert` and `seed` imported), run one Node process on them, remove them.
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

interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ScratchProject {
  /** The folder of the project, with a `/` at its end. */
  readonly root: URL;
  /** A test file: `source` is JavaScript, whatever the extension of the path. */
  write(path: string, source: string): void;
  /** A file as it stands, without imports. */
  writePlain(path: string, source: string): void;
  /** Runs a script with the project as working directory. */
  node(script: string, options?: RunOptions): Promise<ProcessResult>;
  /** Runs the project's `*.test.ts` files as `npm test` runs ours; the arguments choose files. */
  runTests(options?: RunOptions): Promise<ProcessResult>;
  remove(): void;
}

const support = programAt(new URL('./suite.ts', import.meta.url));
const runner = programAt(new URL('./test-run.ts', import.meta.url));
const imports = `import { assert, note, seed, suite } from '${pathToFileURL(support.file)}';\n`;
const runScript = `
  import { runTests } from '${pathToFileURL(runner.file)}';
  process.once('SIGTERM', () => process.exit(143));
  const tree = new URL('./', import.meta.url);
  await runTests({ cwd: process.cwd(), tree, filters: process.argv.slice(2) });
`;
const settings = ['PROOFS', 'REQUIRE_SERVERS', 'TEST_FILE_LIMIT_MS', 'TEST_PARALLEL', 'TEST_SEED'];

export function scratchProject(): ScratchProject {
  const dir = mkdtempSync(join(tmpdir(), 'unanimous-scratch-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  put('package.json', '{ "type": "module" }');
  put('run.js', runScript);
  // Compiled support runs what is compiled of a source: here the same text.
  const putBoth = (path: string, text: string) => {
    put(path, text);
    if (path.endsWith('.ts')) put(path.replace(/\.ts$/, '.js'), text);
  };
  const node = (script: string, { args = [], env = {} }: RunOptions = {}) =>
    runNode(dir, [...support.options, script, ...args], env);
  return {
    root: pathToFileURL(`${dir}/`),
    write: (path, source) => putBoth(path, imports + source),
    writePlain: putBoth,
    node,
    runTests: (options) => node('run.js', options),
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
