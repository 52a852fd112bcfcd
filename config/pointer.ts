/**
 * Paths into a JSON value, and JSON pointers (RFC 6901) for messages. Pointers are written from
 * paths; code works on paths.
 */
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Keys from the root of the file. An index into a list is written in decimal digits. */
export type Path = readonly string[];

export function pointerTo(path: Path): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function startsWith(path: Path, beginning: Path): boolean {
  return beginning.every((key, index) => path[index] === key);
}

/** The object's own value under a key; inherited names such as `constructor` are not found. */
export function ownValue(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The value at a path; null where nothing is. */
export function valueAt(value: Json, path: Path): Json {
  return path.reduce<Json>((inner, key) => {
    if (Array.isArray(inner)) return (inner as readonly Json[])[Number(key)] ?? null;
    return isJsonObject(inner) ? (inner[key] ?? null) : null;
  }, value);
}

/** A copy with `value` at `path`. A value on the way that is no object is replaced by an object. */
export function withValue(object: JsonObject, path: Path, value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const child = ownValue(object, key);
  return {
    ...object,
    [key]: rest.length === 0 ? value : withValue(isJsonObject(child) ? child : {}, rest, value),
  };
}

/** A copy without the key at `path`. */
export function withoutKey(object: JsonObject, path: Path): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(object, key)) return object;
  const { [key]: child, ...others } = object;
  if (rest.length === 0) return others;
  return isJsonObject(child) ? { ...object, [key]: withoutKey(child, rest) } : object;
}
