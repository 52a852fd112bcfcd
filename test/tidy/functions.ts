/**
 * The functions of a file with their lengths in lines: declarations, methods and closures.
 *
 * Job: find each body in blanked code (`blanked-source.ts`) and the line on which its head begins.
 * Boundary: matches brackets and looks backwards from a body to the head; not a parser.
 *
 * - Whole length: the lines from the head to the end of the body. A table that a function returns
 *   is part of the function; a closure inside the table is also a function.
 * - Arrow functions without braces count if they have a name or more than one line. One-line arrow
 *   functions without a name would make the median meaningless.
 */
import type { ProjectFile } from './project-files.ts';

export interface Sized {
  /** `path:line` */
  readonly name: string;
  readonly lines: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const openers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const controlHead = /\b(?:if|for|for await|while|switch|catch|with)\s*$/;
const notInType = /\b(?:class|interface|function|export|return|const)\b/;
const inReturnType = /^=>\s*[\w$.]+(?:<[^<>{}]*>|\[\])*\s*\{/;
const namesArrow = /\b(?:const|let)\s+[\w$]+\s*(?::[^=]*)?=\s*(?:async\s*)?(?:<[^=]*>\s*)?$/;

export function functionsOf({ path, code }: ProjectFile): Sized[] {
  const matches = matchingBrackets(code);
  const spans = [...bracedBodies(code, matches), ...bareArrows(code, matches)];
  const lineAt = lineNumbers(code);
  return spans
    .sort((a, b) => a.start - b.start)
    .map(({ start, end }) => {
      const line = lineAt(start);
      return { name: `${path}:${line}`, lines: lineAt(end) - line + 1 };
    });
}

/** Bodies in braces: of functions, methods and arrows. */
function bracedBodies(code: string, matches: ReadonlyMap<number, number>): Span[] {
  const spans: Span[] = [];
  for (const { index } of code.matchAll(/\{/g)) {
    const before = lastBefore(code, index);
    const isArrow = code.slice(before - 1, before + 1) === '=>';
    const head = isArrow ? headEnd(code, before - 1, matches) : headEnd(code, index, matches);
    const start = head === undefined ? undefined : headStart(code, head, isArrow, matches);
    if (start !== undefined) spans.push({ start, end: matches.get(index) ?? index });
  }
  return spans;
}

/**
 * Arrow functions whose body is an expression. A body in braces after `=> void` shows that the arrow
 * belongs to a return type.
 */
function bareArrows(code: string, matches: ReadonlyMap<number, number>): Span[] {
  const spans: Span[] = [];
  for (const { index } of code.matchAll(/=>\s*(?!\s|\{)/g)) {
    if (inReturnType.test(code.slice(index, index + 100))) continue;
    const head = headEnd(code, index, matches);
    const start = head === undefined ? undefined : headStart(code, head, true, matches);
    if (start === undefined) continue;
    const end = expressionEnd(code, index + 2, matches);
    const lineStart = code.lastIndexOf('\n', start) + 1;
    const isNamed = namesArrow.test(code.slice(lineStart, start));
    if (isNamed || code.slice(start, end).trimEnd().includes('\n')) spans.push({ start, end });
  }
  return spans;
}

/**
 * The last character of the parameters in front of `index`: a `)`, or the end of a single name.
 * Steps over a return type. `undefined` if no parameters stand in front of `index`.
 */
function headEnd(
  code: string,
  index: number,
  matches: ReadonlyMap<number, number>,
): number | undefined {
  const last = lastBefore(code, index);
  if (code[last] === ')') return last;
  const isArrow = code.startsWith('=>', index);
  let at = last;
  while (at >= 0 && /[\w$.|&<>[\](){}'"`\s,?=:-]/.test(code[at] ?? '')) {
    const char = code[at] ?? '';
    if (char === ':' && code[lastBefore(code, at)] === ')' && at !== last) {
      return notInType.test(code.slice(at, index)) ? undefined : lastBefore(code, at);
    }
    if (char === '=' && code[at + 1] !== '>') break;
    if (closers[char] !== undefined || char === ',') break;
    at = openers[char] === undefined ? at - 1 : (matches.get(at) ?? 0) - 1;
  }
  return isArrow && /[\w$]/.test(code[last] ?? '') ? last : undefined;
}

function headStart(
  code: string,
  head: number,
  isArrow: boolean,
  matches: ReadonlyMap<number, number>,
): number | undefined {
  if (code[head] !== ')') return wordStart(code, head);
  const start = matches.get(head) ?? head;
  return !isArrow && controlHead.test(code.slice(Math.max(0, start - 20), start))
    ? undefined
    : start;
}

function wordStart(code: string, end: number): number {
  let start = end;
  while (start > 0 && /[\w$]/.test(code[start - 1] ?? '')) start -= 1;
  return start;
}

/** Up to the comma, semicolon or closing bracket that ends the expression. */
function expressionEnd(code: string, from: number, matches: ReadonlyMap<number, number>): number {
  let at = from;
  while (at < code.length && !/[,;)\]}]/.test(code[at] ?? '')) {
    const isOpener = closers[code[at] ?? ''] !== undefined;
    at = isOpener ? (matches.get(at) ?? at) + 1 : at + 1;
  }
  return at;
}

/** From each bracket to its partner, both ways. */
function matchingBrackets(code: string): Map<number, number> {
  const matches = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: char, index } of code.matchAll(/[()[\]{}]/g)) {
    if (closers[char] !== undefined) open.push(index);
    else {
      const opener = open.pop() ?? index;
      matches.set(opener, index);
      matches.set(index, opener);
    }
  }
  return matches;
}

function lastBefore(code: string, index: number): number {
  let at = index - 1;
  while (at >= 0 && /\s/.test(code[at] ?? '')) at -= 1;
  return at;
}

/** Line numbers from 1, for ascending and arbitrary positions. */
function lineNumbers(code: string): (index: number) => number {
  const starts = [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (index) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
