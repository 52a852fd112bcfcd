/**
 * `docs/tutorial.md`, as a reader follows it: its files are written and its commands are run, in its order.
 *
 * 1. Files and commands come from the document itself.
 * 2. A `text` block after commands is their output. Ids and times differ in each run: an id stands there whole, or with its first
 *    eight digits and `…`.
 * 3. Nothing is installed: `npm install` does nothing, and `npx` starts the programs of this project.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type DocBlock, docBlocks } from '../../support/doc-blocks.ts';
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('documents: the tutorial', { deadlineMs: 180_000 });
const execute = promisify(execFile);
const project = 'parts-shop';
const tsx = createRequire(import.meta.url).resolve('tsx/cli');

let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unanimous-tutorial-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

function commandLine({ options, file }: { options: readonly string[]; file: string }): string {
  return [process.execPath, ...options, file].map((part) => `'${part}'`).join(' ');
}

/** The package by files of this project, and `npm` and `npx` as far as the tutorial needs them. */
async function prepare(): Promise<void> {
  const installed = join(folder, 'node_modules', 'unanimous');
  await mkdir(installed, { recursive: true });
  const exported = { '.': './index.js', './deployment': './deployment.js' };
  const manifest = { name: 'unanimous', type: 'module', exports: exported };
  await writeFile(join(installed, 'package.json'), JSON.stringify(manifest));
  for (const entry of ['index', 'deployment']) {
    const { href } = new URL(`../../../${entry}.ts`, import.meta.url);
    const code = `export * from '${import.meta.url.endsWith('.ts') ? href : href.replace(/ts$/, 'js')}';\n`;
    await writeFile(join(installed, `${entry}.js`), code);
  }
  const cli = programAt(new URL('../../../cli/cli.ts', import.meta.url));
  await writeProgram('npx', [
    'case "$1" in',
    `unanimous) shift; exec ${commandLine(cli)} "$@";;`,
    `tsx) shift; exec ${commandLine({ options: [], file: tsx })} "$@";;`,
    'esac',
    'exit 9',
  ]);
  await writeProgram('npm', [
    '[ "$1" = install ] && exit 0',
    `PATH='${process.env['PATH']}' exec npm "$@"`,
  ]);
}

async function writeProgram(name: string, lines: readonly string[]): Promise<void> {
  const path = join(folder, 'bin', name);
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(path, 0o755);
}

/** What stays the same in every run. */
function stable(output: string): string {
  return output
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}…/g, '<id>')
    .replace(/^ *\d+ ms/gm, '<time>')
    .trim();
}

class Reader {
  #output = '';
  #saga = '';
  #cwd = folder;

  async follow({ language, file, run, text }: DocBlock): Promise<void> {
    if (file !== undefined) await writeFile(join(folder, project, basename(file)), text);
    else if (run !== undefined) await this.#run(text);
    else if (language === 'text') assert.is(stable(this.#output), stable(text));
  }

  async #run(script: string): Promise<void> {
    const env = {
      ...process.env,
      PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
      SAGA: this.#saga,
    };
    const { stdout } = await execute('sh', ['-e', '-c', script], { cwd: this.#cwd, env });
    this.#output = stdout;
    this.#saga = /saga: '([^']+)'/.exec(stdout)?.[1] ?? this.#saga;
    this.#cwd = join(folder, project);
  }
}

test('every file, command and output is as it stands there', async () => {
  await prepare();
  const reader = new Reader();
  const blocks = docBlocks('docs/tutorial.md');
  assert.ok(blocks.length > 10);
  for (const block of blocks) await reader.follow(block);
});

test.run();
