/**
 * Citations in comments and test titles that lead nowhere: missing files, and rules by number.
 *
 * Job: pure functions from a file to its findings.
 * Boundary: `links.ts` checks the links of documents.
 *
 * - A document is cited by its path from the root or from the citing file. Source may be cited by
 *   the end of its path: `turn.ts`.
 * - A rule is cited by a name. Its number changes when another rule is inserted before.
 */
import { posix } from 'node:path';
import type { MarkdownFile } from './links.ts';
import type { ProjectFile } from './project-files.ts';

type Passage = {
  readonly text: string;
  /** Where the text begins in its file. */
  readonly at: number;
};

const citedFile = /(?<![\w@*<>.-])[\w-][\w./-]*\.(?:md|ts|js|json|sql|py|sh)\b(?![\w(])/g;
const foreignNames = new Set(['Node.js']);
/** Amazon's S3 is the name of a protocol, not a place in a list. */
const shortId = /(?<![\w.%-])(?:S(?!3\b)|L)\d{1,2}\b(?!-)/g;
const ruleByNumber = /\b(?:rule|invariant|point|section)s?\s+\d+/gi;
const numberInBrackets = /\(\d{1,2}(?:\s*(?:,|and|–)\s*\d{1,2})*\)/g;
const numberBefore = /^\d{1,2}(?:, \d{1,2})*: /g;

/** `path:line: name` for each cited file that is not among `paths`, the files of the repository. */
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

/** `path:line: citation` for each rule that a comment or a test title cites by number. */
export function positionCitations(file: ProjectFile): string[] {
  const inComments = [ruleByNumber, shortId, numberInBrackets];
  return [
    ...findings(file, { text: file.comments, at: 0 }, inComments),
    ...titlesOf(file).flatMap((title) => findings(file, title, [...inComments, numberBefore])),
  ];
}

/** `path:line: citation` for each rule that a document cites by number. */
export function positionsInDocument(document: MarkdownFile): string[] {
  return findings(document, { text: document.text, at: 0 }, [ruleByNumber, shortId]);
}

function findings(
  file: MarkdownFile,
  { text, at }: Passage,
  patterns: readonly RegExp[],
): string[] {
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map(({ 0: found, index }) => `${file.path}:${lineOf(file.text, at + index)}: ${found.trim()}`);
}

/** The titles of tests and suites. Numbers inside `${…}` of a template are code. */
function titlesOf({ uncommented }: ProjectFile): Passage[] {
  const titles = uncommented.matchAll(/\b(?:test|suite)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs);
  return [...titles].map(({ 0: call, 2: title = '', index }) => ({
    text: title.replace(/\$\{.*?\}/gs, (code) => ' '.repeat(code.length)),
    at: index + call.length - title.length - 1,
  }));
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
