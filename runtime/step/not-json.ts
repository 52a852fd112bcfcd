/**
 * Why a value cannot be stored: what was found, at which place, and what to store instead.
 *
 * - Cold: nothing here runs while all values are JSON.
 * - Safe: a value whose members cannot be read is described all the same.
 */
import { pointerTo } from '../../config/pointer.ts';
import { Broken } from '../ports/errors.ts';
import { InertReference } from './inert-reference.ts';

/** Thrown at the value. Each object around the value adds the key under which it holds the value. */
export class NotJson extends Error {
  readonly found: string;
  readonly instead: string;
  /** From the innermost key outwards. */
  readonly keys: string[] = [];

  constructor(found: string, instead: string) {
    super(`${found}; ${instead}`);
    this.found = found;
    this.instead = instead;
  }
}

/** Every value that is nested deeper than allowed, and so every cycle. */
export class TooDeep extends NotJson {}

type Described = readonly [type: new (...args: never) => object, found: string, instead: string];

const described: readonly Described[] = [
  [InertReference, 'a reference to an actor', 'store the id of the actor'],
  [Date, 'a Date', 'store date.toISOString() or date.getTime()'],
  [Map, 'a Map', 'store Object.fromEntries(map) or [...map]'],
  [Set, 'a Set', 'store [...set]'],
  [RegExp, 'a RegExp', 'store regExp.source'],
  [URL, 'a URL', 'store url.href'],
  [Error, 'an Error', 'store its name and message'],
  [Promise, 'a Promise', 'await the promise in an activity and store the result'],
  [Uint8Array, 'bytes', "store Buffer.from(bytes).toString('base64')"],
];

/** An object that is neither a plain object nor a list. */
export function noPlainObject(value: object): NotJson {
  const known = described.find(([type]) => value instanceof type);
  if (known !== undefined) return new NotJson(known[1], known[2]);
  return new NotJson(`an object of the class '${className(value)}'`, 'store its data only');
}

function className(value: object): string {
  return String(value.constructor.name).toWellFormed().slice(0, 100);
}

/** A text, number or other value without members. */
export function noPlainValue(value: unknown): NotJson {
  switch (typeof value) {
    case 'string':
      return new NotJson('a text with a lone surrogate', 'store text.toWellFormed()');
    case 'number':
      return new NotJson(`the number ${value}`, 'store null or a finite number');
    case 'bigint':
      return new NotJson('a bigint', 'store String(value)');
    case 'undefined':
      return new NotJson('undefined', 'store null, or leave the value out');
    default:
      return new NotJson(`a ${typeof value}`, 'store data only');
  }
}

/** A key that a stored object cannot have. */
export function noKey(key: string): NotJson {
  return key === '__proto__'
    ? new NotJson('the key __proto__', 'store the value under another key')
    : new NotJson('a key with a lone surrogate', 'store key.toWellFormed()');
}

/** What was thrown while a member of an object was read or copied. */
export function asNotJson(thrown: unknown): NotJson {
  if (thrown instanceof NotJson) return thrown;
  return new NotJson('a value that cannot be read', 'store data only');
}

/** The error for the code that hands out `value`. `what`: the name of the value in the message. */
export function notJsonError(thrown: NotJson, value: unknown, what: string): Broken {
  const path = thrown.keys.toReversed();
  const cycle = thrown instanceof TooDeep ? cycleIn(value, path) : undefined;
  const found = cycle === undefined ? thrown.found : `a cycle to '${pointer(cycle.to)}'`;
  const instead = cycle === undefined ? thrown.instead : 'store an id in place of the object';
  const at = pointer(cycle?.from ?? path);
  const place = at === '' ? '' : ` at ${at}`;
  return new Broken('not-json', `${what} has ${found}${place}; ${instead}`, { at });
}

/** A pointer is part of an error, and an error has to be text that can be stored. */
function pointer(path: readonly string[]): string {
  const text = pointerTo(path).toWellFormed();
  return text.length <= pointerMax ? text : `${text.slice(0, pointerMax)}…`;
}

const pointerMax = 200;

/** The first object on the path that occurs twice. */
function cycleIn(
  value: unknown,
  path: readonly string[],
): { readonly from: readonly string[]; readonly to: readonly string[] } | undefined {
  const depths = new Map<unknown, number>();
  let inner: unknown = value;
  for (const [depth, key] of path.entries()) {
    const above = depths.get(inner);
    if (above !== undefined) return { from: path.slice(0, depth), to: path.slice(0, above) };
    depths.set(inner, depth);
    inner = Object(inner)[key];
  }
  return undefined;
}
