/**
 * A thrown value as JSON, for the machine that waits for an activity or for a child machine.
 *
 * Boundary: an answer to a sender has the form of `errorBody` instead.
 *
 * Invariants:
 * - As thrown: an error keeps its name, message, code, cause and own fields; any other value is
 *   itself. The stack stays with the process. A value that JSON does not have is left out.
 * - Safe: nothing that was thrown can make `thrownAsJson` throw, neither a getter nor a circle.
 * - Bounded: long texts are cut, and a value with too many or too deep parts is left out from
 *   there.
 */
import { errorText } from './errors.ts';
import type { Json } from './json.ts';

const textMax = 4_000;
/** Characters of all texts of one error. */
const charactersMax = 50_000;
const depthMax = 8;
/** Values in one error altogether. */
const valuesMax = 500;

/** Own members of an error that are not enumerable, and still part of the thrown value. */
const hiddenKeys = ['name', 'message', 'code', 'cause', 'errors'] as const;

export function thrownAsJson(thrown: unknown): Json {
  return new Copy().of(thrown, 0) ?? null;
}

class Copy {
  #values = 0;
  #characters = 0;

  /** Undefined: the value is left out. */
  of(value: unknown, depth: number): Json | undefined {
    this.#values += 1;
    if (this.#values > valuesMax || depth > depthMax) return undefined;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
      case 'symbol':
        return this.#text(String(value));
      case 'object':
        return value === null ? null : this.#safely(value, depth);
      default:
        return undefined;
    }
  }

  #text(text: string): string {
    const max = Math.min(textMax, charactersMax - this.#characters);
    this.#characters += Math.min(text.length, max);
    const short = text.length <= max ? text : `${text.slice(0, max)}…`;
    return short.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD');
  }

  /** A revoked proxy throws at the first look. */
  #safely(value: object, depth: number): Json | undefined {
    try {
      return this.#object(value, depth);
    } catch {
      return this.#text(errorText(value));
    }
  }

  #object(value: object, depth: number): Json | undefined {
    if (Array.isArray(value))
      return value.slice(0, valuesMax).map((member) => this.of(member, depth + 1) ?? null);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    const copy: Record<string, Json> = {};
    for (const key of keysOf(value)) {
      const member = this.of(memberOf(value, key), depth + 1);
      // An event cannot have a key `__proto__`, nor one with a lone surrogate.
      if (member !== undefined && key !== '__proto__') copy[key.toWellFormed()] = member;
    }
    return copy;
  }
}

function keysOf(value: object): readonly string[] {
  try {
    const own = Object.keys(value);
    return value instanceof Error
      ? [...new Set([...hiddenKeys, ...own])].filter((key) => key !== 'stack')
      : own;
  } catch {
    return [];
  }
}

function memberOf(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}
