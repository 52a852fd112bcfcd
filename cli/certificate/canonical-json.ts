/** The canonical text of a JSON value, as RFC 8785 defines it. Pure. */
import { isJsonObject } from '../../config/json.ts';
import type { Json } from '../../runtime/ports/json.ts';

/** Without spaces, and the keys of objects in the order of their UTF-16 units. */
export function canonicalJson(value: Json): string {
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
}

/** `Array.isArray` does not take a readonly list out of a union. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
