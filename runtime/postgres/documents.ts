/**
 * JSON on its way to PostgreSQL and back. Rows travel as one JSON text each way; the database turns
 * them into records.
 *
 * Invariants:
 * - PostgreSQL text cannot hold U+0000 and lone surrogates. A JSON string may hold both, in a key
 *   as well as in a value. They are written behind a mark and read back as they were.
 * - The mark itself is written behind a mark, so no two texts are stored alike.
 */

/** A private-use character (U+F8FF), which is rare and has no agreed meaning. */
const mark = '\uf8ff';
/**
 * The escapes of `JSON.stringify` for text that cannot be stored. An escaped backslash is matched
 * to be skipped.
 */
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

/** Parses a document that this runtime has written; the caller names its type. */
export function decodeDocument<T>(text: string): T {
  if (!text.includes(mark)) return JSON.parse(text);
  return JSON.parse(text.replace(marked, (_, code: string) => (code === 'm' ? mark : `\\${code}`)));
}
