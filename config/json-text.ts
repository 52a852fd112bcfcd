/**
 * Reads JSON text, and says exactly where the text is wrong.
 *
 * Job: text to value, or problems with line and column. `JSON.parse` gives a position only on some
 * Node.js versions, for some errors. Boundary: RFC 8259; the meaning of the value is not checked.
 *
 * - same-as-parse: accepts the texts that `JSON.parse` accepts, with the same result, except where
 *   another rule here refuses a text. A byte order mark is skipped.
 * - forbidden keys: `__proto__`, `constructor` and `prototype` are refused at any depth.
 * - once: a key that occurs twice in an object is refused, because its first value would be lost
 *   silently.
 * - bounded: text deeper than `depthMax` is refused, so that no text can exhaust the stack.
 * - collected: all refused keys are reported. A syntax error ends the reading.
 */
import type { Json, JsonObject } from './json.ts';
import type { Path } from './pointer.ts';
import { shown } from './shown.ts';

export interface JsonTextProblem {
  readonly path: Path;
  /** Counted from 1, in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly allowed: string;
}

export interface JsonReading {
  /** Without refused keys; `undefined` after a syntax error. */
  readonly value: Json | undefined;
  readonly problems: readonly JsonTextProblem[];
}

export const forbiddenKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

const depthMax = 100;
const space = /[ \t\n\r]*/y;
const stringStart = /"(?:[ !#-\x5b\x5d-\uffff]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literal = /true|false|null/y;

export function readJson(text: string): JsonReading {
  const reader = new JsonReader(text);
  try {
    return { value: reader.document(), problems: reader.problems };
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return { value: undefined, problems: [...reader.problems, thrown.problem] };
  }
}

class Unreadable extends Error {
  readonly problem: JsonTextProblem;

  constructor(problem: JsonTextProblem) {
    super(`found ${problem.found}`);
    this.problem = problem;
  }
}

class JsonReader {
  readonly problems: JsonTextProblem[] = [];
  readonly #text: string;
  readonly #path: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\uFEFF')) this.#at = 1;
  }

  document(): Json {
    const value = this.#value();
    if (this.#at < this.#text.length) this.#fail('the end of the file');
    return value;
  }

  #value(): Json {
    if (this.#path.length > depthMax) this.#fail(`at most ${depthMax} levels`);
    this.#take(space);
    const value = this.#bare();
    this.#take(space);
    return value;
  }

  #bare(): Json {
    const next = this.#text[this.#at];
    if (next === '{') return this.#object();
    if (next === '[') return this.#list();
    if (next === '"') return this.#string('a string');
    const token = this.#take(literal) || this.#take(number);
    if (token === '') this.#fail('a JSON value');
    return JSON.parse(token);
  }

  #object(): JsonObject {
    const object: Record<string, Json> = {};
    this.#at += 1;
    this.#take(space);
    if (this.#skip('}')) return object;
    do {
      this.#take(space);
      this.#member(object);
    } while (this.#skip(','));
    if (!this.#skip('}')) this.#fail('"," or "}"');
    return object;
  }

  #member(object: Record<string, Json>): void {
    const start = this.#at;
    const key = this.#string('a key in double quotes');
    this.#path.push(key);
    const refused = this.#checkKey(object, key, start);
    this.#take(space);
    if (!this.#skip(':')) this.#fail('":"');
    const value = this.#value();
    if (!refused) object[key] = value;
    this.#path.pop();
  }

  #checkKey(object: Record<string, Json>, key: string, at: number): boolean {
    if (forbiddenKeys.includes(key))
      this.problems.push(this.#problem(at, `the key ${shown(key)}`, 'any other key'));
    else if (Object.hasOwn(object, key))
      this.problems.push(this.#problem(at, `the key ${shown(key)} again`, 'each key once'));
    else return false;
    return true;
  }

  #list(): Json[] {
    const list: Json[] = [];
    this.#at += 1;
    this.#take(space);
    if (this.#skip(']')) return list;
    do {
      this.#path.push(String(list.length));
      list.push(this.#value());
      this.#path.pop();
    } while (this.#skip(','));
    if (!this.#skip(']')) this.#fail('"," or "]"');
    return list;
  }

  #string(wanted: string): string {
    const token = this.#take(stringStart);
    if (token === '') this.#fail(wanted);
    if (!this.#skip('"'))
      this.#fail('a character of a string, an escape, or the closing double quote');
    return JSON.parse(`${token}"`);
  }

  /** The text that a sticky pattern matches at the current position, or ''. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += token.length;
    return token;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(allowed: string): never {
    // Only one character is shown, because the text around the error may be a secret.
    const next = this.#text.codePointAt(this.#at);
    const found =
      next === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(next));
    throw new Unreadable(this.#problem(this.#at, found, allowed));
  }

  #problem(at: number, found: string, allowed: string): JsonTextProblem {
    const before = this.#text.slice(0, at).split('\n');
    return {
      path: [...this.#path],
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      found,
      allowed,
    };
  }
}
