/**
 * Puts typebox into `dist/typebox/` as a few files, and lets the files of `dist/` import these.
 *
 * typebox consists of about 680 modules. Node takes more than half a second to find and compile them,
 * and each command of `unanimous` would wait for that.
 *
 * - The types of the package still name the dependency `typebox`.
 * - Schemas are plain objects, so a schema that was made with the dependency works beside this copy.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');
const outdir = join(dist, 'typebox');
/** The file of each path that the sources import. */
const files = { typebox: 'index', 'typebox/value': 'value' };
const imported = /(?<=from ')typebox[^']*(?=')/g;

function bundledPath(importer, specifier) {
  const file = files[specifier];
  if (file === undefined) throw new Error(`${importer}: ${specifier} is not bundled`);
  const path = relative(dirname(importer), join(outdir, `${file}.js`));
  return path.startsWith('.') ? path : `./${path}`;
}

rmSync(outdir, { recursive: true, force: true });
const built = readdirSync(dist, { recursive: true, encoding: 'utf8' });
for (const path of built.filter((name) => name.endsWith('.js')).map((name) => join(dist, name))) {
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(imported, (specifier) => bundledPath(path, specifier));
  if (changed !== text) writeFileSync(path, changed);
}
await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(Object.entries(files).map(([path, file]) => [file, path])),
  outdir,
  bundle: true,
  splitting: true,
  keepNames: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
copyFileSync(join(root, 'node_modules/typebox/license'), join(outdir, 'license'));
