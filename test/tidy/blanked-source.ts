/**
 * TypeScript text in which everything but code is blank, so that checks can search with patterns.
 *
 * Job: tell comments and the contents of strings, templates and regular expressions from code.
 * Boundary: a lexer. TypeScript 7 offers no parser to JavaScript. A `/` begins a regular expression
 * where an operand is expected; this code base needs no finer rule.
 *
 * - Same positions: every result has the length and the line breaks of the text.
 * - Templates: code inside `${…}` is code.
 */
export interface BlankedSource {
  /** Code only. Quotes stay; the text between quotes is blank. */
  readonly code: string;
  /** Code and strings, without comments. */
  readonly uncommented: string;
  /** Comments only. */
  readonly comments: string;
}

type Kind = 'code' | 'text' | 'comment';

interface Cursor {
  readonly text: string;
  readonly kinds: Kind[];
  at: number;
}

const wordsBeforePattern = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'await',
  'yield',
  'else',
  'do',
]);

export function blankedSource(text: string): BlankedSource {
  const cursor: Cursor = { text, kinds: new Array<Kind>(text.length).fill('code'), at: 0 };
  readCode(cursor, false);
  const keep = (...wanted: Kind[]) => {
    let kept = '';
    for (let from = 0, to = 0; from < text.length; from = to) {
      const kind = cursor.kinds[from] ?? 'code';
      while (to < text.length && cursor.kinds[to] === kind) to += 1;
      const part = text.slice(from, to);
      kept += wanted.includes(kind) ? part : part.replace(/[^\n]/g, ' ');
    }
    return kept;
  };
  return { code: keep('code'), uncommented: keep('code', 'text'), comments: keep('comment') };
}

/** Up to the end, or, inside a template, up to the brace that closes the expression. */
function readCode(cursor: Cursor, insideTemplate: boolean): void {
  let depth = 0;
  for (; cursor.at < cursor.text.length; cursor.at += 1) {
    const char = cursor.text[cursor.at];
    if (char === '{') depth += 1;
    if (char === '}' && depth === 0 && insideTemplate) return;
    if (char === '}') depth -= 1;
    if (char === '`') readTemplate(cursor);
    else if (char === "'" || char === '"') mark(cursor, 'text', stringEnd(cursor, char));
    else if (cursor.text.startsWith('//', cursor.at)) markComment(cursor, '\n', 0);
    else if (cursor.text.startsWith('/*', cursor.at)) markComment(cursor, '*/', 2);
    else if (char === '/' && patternMayStart(cursor)) mark(cursor, 'text', patternEnd(cursor));
  }
}

/** Leaves the cursor on the closing back-tick. */
function readTemplate(cursor: Cursor): void {
  for (
    cursor.at += 1;
    cursor.at < cursor.text.length && cursor.text[cursor.at] !== '`';
    cursor.at += 1
  ) {
    if (cursor.text.startsWith('${', cursor.at)) {
      cursor.at += 2;
      readCode(cursor, true);
      continue;
    }
    cursor.kinds[cursor.at] = 'text';
    if (cursor.text[cursor.at] !== '\\') continue;
    cursor.at += 1;
    cursor.kinds[cursor.at] = 'text';
  }
}

/**
 * Marks the text between the delimiter at the cursor and the delimiter at `end`, and moves to
 * `end`.
 */
function mark(cursor: Cursor, kind: Kind, end: number): void {
  cursor.kinds.fill(kind, cursor.at + 1, end);
  cursor.at = end;
}

function markComment(cursor: Cursor, terminator: string, terminatorLength: number): void {
  const found = cursor.text.indexOf(terminator, cursor.at + 2);
  const end = found < 0 ? cursor.text.length : found + terminatorLength;
  cursor.kinds.fill('comment', cursor.at, end);
  cursor.at = end - 1;
}

function stringEnd({ text, at }: Cursor, quote: string): number {
  let end = at + 1;
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
  return end;
}

function patternEnd({ text, at }: Cursor): number {
  let inClass = false;
  let end = at + 1;
  while (end < text.length && (inClass || text[end] !== '/')) {
    if (text[end] === '[') inClass = true;
    if (text[end] === ']') inClass = false;
    end += text[end] === '\\' ? 2 : 1;
  }
  return end;
}

function patternMayStart({ text, kinds, at }: Cursor): boolean {
  let before = at - 1;
  while (before >= 0 && (kinds[before] === 'comment' || /\s/.test(text[before] ?? ''))) before -= 1;
  const last = text[before];
  // The end of an element in TSX: `</p>`.
  if (last === '<' && before === at - 1) return false;
  if (last === undefined || !/[\w$)\]}'"`]/.test(last)) return true;
  const word = /[\w$]+$/.exec(text.slice(Math.max(0, before - 20), before + 1))?.[0];
  return word !== undefined && wordsBeforePattern.has(word);
}
