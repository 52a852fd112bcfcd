/**
 * Gives the compiled tests those packages in a few files each that consist of hundreds of modules.
 *
 * Job: bundle the packages into `.compiled/node_modules/`, where Node looks first for an import of a
 * compiled file. A process of a test then starts in about half the time.
 * Boundary: the code of the packages is not changed. The tests of the packed package, and programs
 * that run uncompiled, load the packages as npm has installed them.
 *
 * - All entries are bundled together, so two entries share the modules that both import.
 * - Nothing is built while the bundle is newer than the lock file and this file.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The imported paths of each package. */
const entries = {
  typebox: ['.', './value'],
  kysely: ['.'],
  '@mikro-orm/core': ['.'],
  '@mikro-orm/migrations': ['.'],
  '@mikro-orm/pglite': ['.'],
  '@mikro-orm/postgresql': ['.'],
  '@mikro-orm/sql': ['.'],
};
const root = fileURLToPath(new URL('../../', import.meta.url));
const outdir = `${root}.compiled/node_modules`;
const stamp = `${outdir}/.built`;

function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function fileOf(entry) {
  return entry === '.' ? 'index' : entry.slice('./'.length);
}

async function bundle() {
  const { build } = await import('esbuild');
  const bundled = new Set(Object.keys(entries));
  const paths = Object.entries(entries).flatMap(([name, exported]) =>
    exported.map((entry) => [`${name}/${fileOf(entry)}`, name + entry.slice(1)]),
  );
  const others = {
    name: 'other packages stay imports',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^[^./]/ }, ({ kind, path }) => {
        const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/');
        return kind === 'entry-point' || bundled.has(name) ? undefined : { path, external: true };
      }),
  };
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(paths),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    plugins: [others],
  });
  for (const [name, exported] of Object.entries(entries)) {
    const exports = Object.fromEntries(exported.map((entry) => [entry, `./${fileOf(entry)}.mjs`]));
    const manifest = { name, type: 'module', exports };
    writeFileSync(`${outdir}/${name}/package.json`, JSON.stringify(manifest));
  }
}

const sources = [`${root}package-lock.json`, fileURLToPath(import.meta.url)];
if (changedMs(stamp) < Math.max(...sources.map(changedMs))) {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await bundle();
  writeFileSync(stamp, '');
}
