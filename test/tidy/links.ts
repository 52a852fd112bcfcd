/**
 * The places inside the repository that a document names: relative links, anchors, paths in code
 * font.
 *
 * Job: one pure function from a document to the targets that do not exist.
 * Boundary: reads no files, and requests no web address.
 *
 * - A path in code font counts if it contains a `/` and ends in `/` or in the extension of a source
 *   or a document. The path may be relative to the root or to the document. `*` stands for any part
 *   of a name. A path with `<name>` or `…` is a pattern and does not count.
 * - Paths in blocks of code do not count, because the blocks are programs.
 */
import { posix } from 'node:path';

export interface MarkdownFile {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

const link = /\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;
const codePath =
  /^(?!\.?\/)[\w@.*-]+(?:\/[\w@.*-]+)*\/(?:[\w.*-]+\.(?:ts|js|json|md|sql|py|sh|yml))?$/;

/**
 * `path:line: target` for each target that is neither among `paths`, the files of the repository,
 * nor a folder of these files.
 */
export function deadTargets(
  file: MarkdownFile,
  all: readonly MarkdownFile[],
  paths: readonly string[],
) {
  const lines = proseLines(file.text);
  return lines.flatMap((line, index) => {
    const links = [...line.matchAll(link)].map(([, target = '']) => target);
    const dead = [
      ...links.filter((target) => !linkIsAlive(file, target, all, paths)),
      ...codeSpans(line).filter((span) => codePath.test(span) && !pathIsThere(file, span, paths)),
    ];
    return dead.map((target) => `${file.path}:${index + 1}: ${target}`);
  });
}

function linkIsAlive(
  file: MarkdownFile,
  target: string,
  all: readonly MarkdownFile[],
  paths: readonly string[],
): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const resolved = path === '' ? file.path : posix.join(posix.dirname(file.path), path);
  if (!matchesAny(resolved, paths)) return false;
  const document = all.find((each) => each.path === resolved);
  return anchor === undefined || document === undefined || anchorsOf(document).has(anchor);
}

function pathIsThere(file: MarkdownFile, span: string, paths: readonly string[]): boolean {
  return matchesAny(span, paths) || matchesAny(posix.join(posix.dirname(file.path), span), paths);
}

/** A file by its whole path, a folder by its beginning. */
function matchesAny(path: string, paths: readonly string[]): boolean {
  const pattern = path
    .replace(/\/$/, '')
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*');
  const found = new RegExp(`^${pattern}(?:/|$)`);
  return paths.some((each) => found.test(each));
}

/** Blocks of code are blank, so that line numbers stay. */
function proseLines(text: string): string[] {
  let fence = '';
  return text.split('\n').map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1] ?? '';
    if (fence === '' && mark === '') return line;
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence)) fence = '';
    return '';
  });
}

function codeSpans(line: string): string[] {
  return [...line.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
}

/**
 * The anchors that GitHub gives to headings: lower case, without punctuation, with hyphens instead
 * of spaces, and with a number for each repetition.
 */
function anchorsOf({ text }: MarkdownFile): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(text)) {
    const heading = /^#+\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}
