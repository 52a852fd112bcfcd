/**
 * JSON on its way to PostgreSQL and back. Rows travel as one JSON text each way; the database turns them into records.
 *
 * 1. PostgreSQL has no U+0000 and no lone surrogates in text. A JSON string may hold both, in a key as well as in a
 *    body, so they are written behind a mark and come back as they were.
 * 2. The mark itself is written behind a mark: no two texts are stored alike.
 */

/** A private-use character (U+F8FF): it means nothing by agreement, and is rare. */
const mark = '\uf8ff';
/** What cannot be stored, as JSON.stringify writes it; an escaped backslash is matched to be stepped over. */
const unstorable = /\\\\|\\u(0000|d[89a-f][0-9a-f]{2})|\uf8ff/g;
const marked = /\uf8ff(m|u[0-9a-f]{4})/g;

export function encodeDocument(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u') && !text.includes(mark)) return text;
  return text.replace(unstorable, (found, code: string | undefined) => {
    if (code !== undefined) return `${mark}u${code}`;
    return found === mark ? `${mark}m` : found;
  });
}

/** Parsed JSON; what it holds is what this runtime has written, so the caller names its type. */
export function decodeDocument<T>(text: string): T {
  if (!text.includes(mark)) return JSON.parse(text) as T;
  return JSON.parse(
    text.replace(marked, (_, code: string) => (code === 'm' ? mark : `\\${code}`)),
  ) as T;
}
