/**
 * A project that depends on the packed package: the programs of `consumer/`.
 *
 * Job: install the tarball without network; write, compile and run the programs.
 * Boundary: `packed-package.ts` makes the tarball.
 *
 * - Production packages only: the project has the dependencies of the package and the types of
 *   Node.js.
 * - Symbolic links stand for the packages. Compiler and Node.js do not resolve the links, because
 *   the packages for the development of this repository would be found beside the link's target.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../support/project-root.ts';
import { finished } from './finished.ts';

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
  >;
}

/** Development packages of the consumer. */
const consumerPackages = ['node_modules/@types/node', 'node_modules/undici-types'];
const entryPoints = {
  index: 'unanimous',
  deployment: 'unanimous/deployment',
  testing: 'unanimous/testing',
};
const compilerOptions = {
  target: 'es2022',
  lib: ['es2022'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  // The types of what a consumer exports must be nameable.
  declaration: true,
  rewriteRelativeImportExtensions: true,
  preserveSymlinks: true,
  outDir: 'out',
};

export class ConsumerProject {
  readonly #folder: string;

  /** `folder` must be empty. */
  constructor(folder: string) {
    this.#folder = folder;
    this.write('package.json', '{ "name": "consumer", "private": true, "type": "module" }');
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  }

  async install(tarball: string): Promise<void> {
    const target = join(this.#folder, 'node_modules/unanimous');
    mkdirSync(target, { recursive: true });
    await finished('tar', ['-xzf', tarball, '--strip-components=1'], target);
    for (const path of installedPaths()) {
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      symlinkSync(join(projectRoot, path), join(this.#folder, path));
    }
  }

  /** Copies the programs of `consumer/`. The copies import the entry points by package name. */
  writePrograms(): void {
    const source = join(projectRoot, 'test/integration/package/consumer');
    for (const name of readdirSync(source)) {
      const text = readFileSync(join(source, name), 'utf8');
      const named = text.replace(
        /'(?:\.\.\/)+(index|deployment|testing)\.ts'/g,
        (_, entryPoint: keyof typeof entryPoints) => `'${entryPoints[entryPoint]}'`,
      );
      this.write(name, named);
    }
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  /** Throws with the errors of the compiler. */
  async compile(): Promise<void> {
    const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc');
    await finished(process.execPath, [compiler, '-p', '.'], this.#folder);
  }

  /** Runs a compiled program or a file of the package. Resolves to the printed text. */
  run(path: string, ...args: readonly string[]): Promise<string> {
    const asInstalled = ['--preserve-symlinks', '--preserve-symlinks-main'];
    return finished(process.execPath, [...asInstalled, path, ...args], this.#folder);
  }
}

/** The top folders of the production packages. Nested packages are inside these folders. */
function installedPaths(): string[] {
  const lock: LockFile = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  const present = new Set(readdirSync(join(projectRoot, 'node_modules')));
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => consumerPackages.includes(path) || (path !== '' && dev !== true))
    .map(([path]) => path)
    .filter((path) => path.lastIndexOf('node_modules/') === 0)
    .filter((path) => present.has(path.split('/')[1] ?? ''));
}
