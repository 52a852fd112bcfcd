import type { Json } from '../ports/json.ts';

/**
 * A copy that shares nothing with the original, as after a journey through text: a key that is
 * undefined is not there.
 */
export function copyOf<Value extends Json>(value: Value): Value {
  return copied(value) as Value;
}

function copied(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) put(copy, key, copied(member));
  return copy;
}

/** To assign a key of that name would set the prototype. */
function put(copy: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(copy, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else copy[key] = value;
}
