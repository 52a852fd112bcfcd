/** The programs of the README: code under a line that begins with the file's name. */
import { readFileSync } from 'node:fs';
import { projectRoot } from './project-root.ts';

const readme = `${projectRoot}README.md`;
const listing = /^`(\w+\.ts)`[^\n]*\n\n```ts\n([\s\S]*?)```/gm;

/** By file name, as they stand there. */
export function readmeCode(): ReadonlyMap<string, string> {
  const found = [...readFileSync(readme, 'utf8').matchAll(listing)];
  return new Map(found.map(([, name = '', code = '']) => [name, code]));
}
