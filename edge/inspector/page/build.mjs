/**
 * Builds the page into `edge/inspector/built/`, unless the folder is newer than all sources. The
 * compiled runtime takes the page from there.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('./', import.meta.url));
const outDir = fileURLToPath(new URL('../built/', import.meta.url));
const manifest = fileURLToPath(new URL('../../../package-lock.json', import.meta.url));

function newestMs(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(...files.map(({ parentPath, name }) => changedMs(join(parentPath, name))));
}

function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (changedMs(join(outDir, 'index.html')) < Math.max(newestMs(root), changedMs(manifest))) {
  const { build } = await import('vite');
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: 2_000, modulePreload: false },
  });
}
