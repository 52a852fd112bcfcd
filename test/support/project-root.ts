/** Where the project's own files are: the nearest folder above this file that has a manifest. Compiled files stand one folder deeper. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function above(folder: URL): string {
  return existsSync(new URL('package.json', folder))
    ? fileURLToPath(folder)
    : above(new URL('../', folder));
}

/** With a `/` at its end. */
export const projectRoot = above(new URL('./', import.meta.url));
