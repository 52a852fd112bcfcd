/**
 * The TypeScript files of the project: text, code and comments apart, and imports.
 *
 * Job: read all files once, and find the imports of a file.
 * Boundary: reads the working folder; knows nothing of git.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { projectRoot } from '../support/project-root.ts';
import { type BlankedSource, blankedSource } from './blanked-source.ts';

export interface ProjectFile extends BlankedSource {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** For a file of the project its path from the root, otherwise the specifier as written. */
  readonly imports: readonly string[];
  /**
   * Those of `imports` that are not loaded with the file: `import(…)` loads them later, and an import
   * of types loads nothing.
   */
  readonly notLoaded: readonly string[];
}

const skippedFolders = new Set(['node_modules', 'dist']);
const loadingPatterns = [
  /\b(?:import|export)\b(?!\s+type\b)[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/g,
  /\bimport\s*['"]([^'"]+)['"]/g,
  // A file that a program starts or loads by URL is in use as well.
  /\bnew URL\(\s*['"](\.{1,2}\/[^'"]+\.ts)['"]\s*,\s*import\.meta\.url/g,
];
const lazyImportPattern = /\bimport\s*\(\s*['"]([^'"]+)['"]/g;
const typeImportPattern = /\b(?:import|export)\s+type\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/g;

let read: readonly ProjectFile[] | undefined;

export function projectFiles(): readonly ProjectFile[] {
  read ??= repositoryPaths()
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => projectFile(path, readFileSync(`${projectRoot}${path}`, 'utf8')));
  return read;
}

export function projectFile(path: string, text: string): ProjectFile {
  const blanked = blankedSource(text);
  const loaded = importsOf(path, blanked, loadingPatterns);
  const others = importsOf(path, blanked, [typeImportPattern, lazyImportPattern]);
  const notLoaded = others.filter((target) => !loaded.includes(target));
  return { path, text, ...blanked, imports: [...loaded, ...notLoaded], notLoaded };
}

/** Paths of all files of the repository, from its root. */
export function repositoryPaths(folder = ''): string[] {
  const entries = readdirSync(`${projectRoot}${folder}`, { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (!entry.isDirectory()) return [`${folder}${entry.name}`];
    return isSkipped(entry.name) ? [] : repositoryPaths(`${folder}${entry.name}/`);
  });
}

function isSkipped(folder: string): boolean {
  return folder.startsWith('.') || skippedFolders.has(folder);
}

function importsOf(
  path: string,
  { uncommented, code }: BlankedSource,
  patterns: readonly RegExp[],
): string[] {
  const matches = patterns.flatMap((pattern) => [...uncommented.matchAll(pattern)]);
  // The keyword must be code: a program quoted inside a string imports nothing here.
  const real = matches.filter((match) => code[match.index] !== ' ');
  return [...new Set(real.map((match) => targetOf(path, match[1] ?? '')))];
}

function targetOf(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
}
