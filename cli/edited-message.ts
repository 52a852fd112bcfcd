/**
 * A dead letter as a document that a person changes: `{"headers": …, "body": …}`. Pure.
 *
 * - text only: a body that is compressed or no UTF-8 is refused, because nobody could read the
 *   change.
 * - exact: a number that `JSON.parse` would change is refused with its place.
 */
import { isJsonObject } from '../config/json.ts';
import { pathOf, pointerTo } from '../config/pointer.ts';
import { shown } from '../config/shown.ts';
import { withExactNumbers } from '../runtime/messages/exact-numbers.ts';
import type { StoredDeadLetter } from '../runtime/ports/dead-letter.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';

/** Headers and the text of the body. */
export interface EditedMessage {
  readonly headers: JsonObject;
  readonly text: string;
}

const elsewhere =
  'send a message of your own with `unanimous send`, and drop this one with `dead-letters drop`';
const textType = 'text/plain';

/** Throws `Refused` for a dead letter that is no message, and for a body that is no plain text. */
export function editableMessage({ id, kind, properties, body }: StoredDeadLetter): EditedMessage {
  if (kind !== 'message')
    throw new Refused(
      'not-supported',
      `the dead letter ${id} is of the kind ${kind}, which the runtime has made itself; allowed: a message that came in`,
    );
  if (properties.unreadableHeaders !== undefined)
    throw new Refused(
      'not-supported',
      `the headers of ${id} cannot be read (${properties.unreadableHeaders}); ${elsewhere}`,
    );
  const encoding = properties.headers?.['compression'] ?? properties.contentEncoding ?? '';
  if (!/^(|identity|utf-?8|(us-)?ascii|binary)$/i.test(String(encoding)))
    throw new Refused(
      'not-supported',
      `the body of ${id} is compressed (${shown(encoding)}); ${elsewhere}`,
    );
  return {
    headers: { ...properties.headers },
    text: textOf(Buffer.from(body, 'base64'), `the body of ${id}`),
  };
}

/** Throws `Refused` for bytes that are no UTF-8. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refused(
      'bad-message',
      `${what} has ${bytes.length} bytes that are no UTF-8 text, so nobody can edit it; ${elsewhere}`,
    );
  }
}

/** The document of a message. A body that is no JSON stands in the document as a string. */
export function documentText({ headers, text }: EditedMessage, contentType?: string): string {
  const body = isJsonText(text, contentType) ? text.trim() : JSON.stringify(text);
  const indented = JSON.stringify(headers, null, 2).replaceAll('\n', '\n  ');
  return `{\n  "headers": ${indented},\n  "body": ${body}\n}\n`;
}

/** Throws `Refused` for a text in another form. */
export function messageFrom(text: string, contentType?: string): EditedMessage {
  const document = parsed(text, 'the edited text');
  const keys = isJsonObject(document) ? Object.keys(document).sort().join(', ') : typeof document;
  if (!isJsonObject(document) || keys !== 'body, headers')
    throw new Refused('bad-message', `found ${keys}; allowed: an object with body and headers`);
  return {
    headers: headersFrom(document['headers']),
    text: bodyText(document['body'] ?? null, contentType),
  };
}

/** Throws `Refused` for a value that is no object. */
export function headersFrom(value: Json | undefined): JsonObject {
  if (isJsonObject(value)) return value;
  throw new Refused('bad-message', `found ${shown(value ?? null)}; allowed: headers, an object`);
}

/** Throws `Refused` for a text that is no JSON. */
export function parsed(text: string, what: string): Json {
  try {
    return withExactNumbers(text, JSON.parse(text));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(
      'bad-message',
      `${what} is no JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** `sets`: `<pointer>=<json>`, with pointers into the document, as `/body/data/id`. */
export function withSets(
  message: EditedMessage,
  sets: readonly string[],
  contentType?: string,
): EditedMessage {
  if (sets.length === 0) return message;
  const text = documentText(message, contentType);
  const document = sets.reduce((value, set) => withSet(value, set), parsed(text, 'the message'));
  return messageFrom(JSON.stringify(document), contentType);
}

function withSet(document: Json, set: string): Json {
  const at = set.indexOf('=');
  const pointer = set.slice(0, Math.max(0, at));
  if (!/^\/(body|headers)(\/|$)/.test(pointer))
    throw new Refused(
      'bad-message',
      `--set is ${shown(set)}; allowed: <pointer>=<json>, where the pointer begins with /body or /headers`,
    );
  return withValueAt(document, pathOf(pointer), parsed(set.slice(at + 1), `--set ${pointer}`), []);
}

/**
 * A copy with the value. An object takes any key; a list takes its indexes and `-` for its end.
 */
function withValueAt(
  inner: Json | undefined,
  [key, ...rest]: readonly string[],
  value: Json,
  before: readonly string[],
): Json {
  if (key === undefined) return value;
  const path = [...before, key];
  if (Array.isArray(inner)) {
    const index = key === '-' ? inner.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > inner.length)
      throw new Refused(
        'bad-message',
        `${pointerTo(path)}: the list has ${inner.length} items; allowed: an index from 0 to ${inner.length}, or -`,
      );
    return inner.toSpliced(index, 1, withValueAt(inner[index], rest, value, path));
  }
  if (isJsonObject(inner) || inner === undefined) {
    const own = inner !== undefined && Object.hasOwn(inner, key) ? inner[key] : undefined;
    return { ...inner, [key]: withValueAt(own, rest, value, path) };
  }
  throw new Refused(
    'bad-message',
    `${pointerTo(path)}: ${pointerTo(before)} is ${shown(inner)}; allowed: a pointer into an object or a list`,
  );
}

function isJsonText(text: string, contentType: string | undefined): boolean {
  if (contentType === textType) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** In a body that is text, the string is the text itself. */
function bodyText(body: Json, contentType: string | undefined): string {
  return contentType === textType && typeof body === 'string' ? body : JSON.stringify(body);
}
