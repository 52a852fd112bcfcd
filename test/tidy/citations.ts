/**
 * What comments and test titles cite: files that are not in the repository, and rules by their position in a list.
 *
 * Job: two pure functions from a file to its findings. Boundary: links of documents are the concern of `links.ts`.
 *
 * - A document is cited by its path from the root or from the file. For source the end of a path is enough: `turn.ts`.
 * - A rule is cited by a name. A number changes its meaning when a rule is inserted before.
 */
import { posix } from 'node:path';
import type { ProjectFile } from './project-files.ts';

const citedFile = /(?<![\w@*<>.-])[\w-][\w./-]*\.(?:md|ts|js|json|sql|py|sh)\b(?![\w(])/g;
const foreignNames = new Set(['Node.js']);
const positions = [
  /\b(?:rule|invariant|point|section)s?\s+\d+/gi,
  /(?<![\w.-])[SLV]\d{1,2}\b/g,
  /\(\d{1,2}(?:\s*(?:,|and|–)\s*\d{1,2})*\)/g,
];

/** `path:line: name`, one for each cited file that is not among `paths`, which are all files of the repository. */
export function missingFileCitations(file: ProjectFile, paths: ReadonlySet<string>): string[] {
  const cited = [...file.comments.matchAll(citedFile)];
  return cited
    .filter(([name]) => !foreignNames.has(name) && !isThere(name, file.path, paths))
    .map(({ 0: name, index }) => `${file.path}:${lineOf(file.text, index)}: ${name}`);
}

function isThere(name: string, path: string, paths: ReadonlySet<string>): boolean {
  if (paths.has(name) || paths.has(posix.join(posix.dirname(path), name))) return true;
  return !name.endsWith('.md') && [...paths].some((each) => each.endsWith(`/${name}`));
}

/** `path:line: citation`, one for each rule that a comment or a test title cites by its number. */
export function positionCitations(file: ProjectFile): string[] {
  const searched = [{ text: file.comments, at: 0 }, ...titlesOf(file)];
  return searched.flatMap(({ text, at }) =>
    positions
      .flatMap((pattern) => [...text.matchAll(pattern)])
      .map(({ 0: found, index }) => `${file.path}:${lineOf(file.text, at + index)}: ${found}`),
  );
}

function titlesOf({ uncommented }: ProjectFile): { text: string; at: number }[] {
  const titles = uncommented.matchAll(/\b(?:test|suite)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs);
  return [...titles].map(({ 0: call, 2: text = '', index }) => ({
    text,
    at: index + call.length - text.length - 1,
  }));
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
