/**
 * The values that a step takes and gives are JSON. `jsonValue` makes of any value the JSON that the
 * step goes on with, in memory as on a database.
 *
 * - Stored is live: the result is equal to what `JSON.stringify` and `JSON.parse` make of the
 *   result. A member that is undefined is left out, and -0 is 0.
 * - Refused: everything that JSON would change or lose is refused with its place.
 * - Own: the result shares nothing with the value, and nobody can change the result.
 * - Once: a part that is already a result of `jsonValue` is taken as it is, without a look inside.
 *   So a step costs time for the parts that are new to the step.
 */
import { Given } from '../ports/given.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import {
  asNotJson,
  type NotJson,
  noKey,
  noPlainObject,
  noPlainValue,
  notJsonError,
  TooDeep,
} from './not-json.ts';

/** The runtime stores a value a few levels below the root of a JSON text. */
const depthMax = 1_000;

/**
 * The JSON of a value. `what`: the name of the value in the error message.
 * @throws Broken `not-json` with a JSON pointer
 */
export function jsonValue<Value>(value: Value, what: string): Value & Json {
  try {
    return jsonOf(value, depthMax) as Value & Json;
  } catch (error) {
    throw notJsonError(asNotJson(error), value, what);
  }
}

/**
 * The members of an object as JSON, in an object that the caller may still add to.
 * @throws Broken `not-json` with a JSON pointer
 */
export function jsonMembers(value: object, what: string): Record<string, Json> {
  try {
    if (!isPlain(value)) throw noPlainObject(value);
    return membersOf(value, depthMax);
  } catch (error) {
    throw notJsonError(asNotJson(error), value, what);
  }
}

/** Takes JSON that nobody else holds for a result of `jsonValue`: no copy is made. */
export function ownJson<Value extends Json>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Own.has(value)) return value;
  for (const key in value) {
    const member = (value as JsonObject)[key];
    if (typeof member === 'object') ownJson(member);
  }
  return own(value);
}

/** Whether the value is a result of `jsonValue` already. */
export function isOwnJson(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Own.has(value);
}

/**
 * As `ownJson`, for an object that nobody else holds and that was not checked. The object stays as it
 * is when `jsonValue` would refuse or change it.
 */
export function becomeJson(value: object): void {
  if (isResult(value, depthMax)) ownJson(value as Json);
}

function isResult(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'boolean':
      return true;
    case 'object':
      if (value === null || Own.has(value)) return true;
      return depthLeft > 0 && isPlainResult(value, depthLeft - 1);
    default:
      return false;
  }
}

function isPlainResult(value: object, depthLeft: number): boolean {
  if (Array.isArray(value) || !isPlain(value)) return false;
  for (const key in value)
    if (key === '__proto__' || !key.isWellFormed() || !isResult(value[key], depthLeft))
      return false;
  return true;
}

/** The mark of a result. */
class Own extends Given {
  readonly #own = true;

  static has(value: object): value is Exclude<Json, string | number | boolean | null> {
    return #own in value;
  }
}

function own<Value extends object>(value: Value): Value {
  new Own(value);
  return Object.freeze(value);
}

function jsonOf(value: unknown, depthLeft: number): Json {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw noPlainValue(value);
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw noPlainValue(value);
      return value === 0 ? 0 : value;
    case 'boolean':
      return value;
    case 'object':
      if (value === null || Own.has(value)) return value;
      if (depthLeft === 0)
        throw new TooDeep(`nesting deeper than ${depthMax} levels`, 'store a flatter value');
      return Array.isArray(value) ? listOf(value, depthLeft - 1) : objectOf(value, depthLeft - 1);
    default:
      throw noPlainValue(value);
  }
}

function listOf(value: readonly unknown[], depthLeft: number): Json {
  const copy: Json[] = [];
  let index = 0;
  try {
    for (; index < value.length; index += 1) copy.push(jsonOf(value[index], depthLeft));
  } catch (error) {
    throw within(error, String(index));
  }
  return own(copy);
}

function objectOf(value: object, depthLeft: number): Json {
  if (!isPlain(value)) throw noPlainObject(value);
  return own(membersOf(value, depthLeft));
}

function membersOf(
  value: Readonly<Record<string, unknown>>,
  depthLeft: number,
): Record<string, Json> {
  const copy: Record<string, Json> = {};
  let at = '';
  try {
    for (const key in value) {
      at = key;
      const member = value[key];
      if (member === undefined) continue;
      if (key === '__proto__' || !key.isWellFormed()) throw noKey(key);
      copy[key] = jsonOf(member, depthLeft);
    }
  } catch (error) {
    throw within(error, at);
  }
  return copy;
}

function within(error: unknown, key: string): NotJson {
  const notJson = asNotJson(error);
  notJson.keys.push(key);
  return notJson;
}

/** Objects of other realms have an `Object.prototype` of their own. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(Object(prototype), 'isPrototypeOf')
  );
}
