/**
 * What an actor's key, a name and the name of a store may be: text that is the same on every broker
 * and in every database.
 */
import { inspect } from 'node:util';

/** Most bytes (UTF-8) of an actor's key. A database must be able to index the key. */
export const keyBytesMax = 500;
/** Most bytes (UTF-8) of the name of a service, a machine or a child machine. */
export const nameBytesMax = 200;

/** The name of a store. A part of the names of the store's schema and migrations. */
const storeName = /^(?!journal$)[a-z][a-z0-9-]{0,25}$/;

const shownMax = 80;

/** The reason why the value may not be a key or a name. Undefined: the value is allowed. */
export function nameProblem(value: unknown, bytesMax: number): string | undefined {
  const fits =
    typeof value === 'string' &&
    value !== '' &&
    !value.includes('\0') &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= bytesMax;
  return fits
    ? undefined
    : `found ${inspected(value)}; allowed is text of 1 to ${bytesMax} bytes, without NUL and lone surrogates`;
}

/** The reason why the value may not be the name of a store. Undefined: the value is allowed. */
export function storeNameProblem(value: unknown): string | undefined {
  return typeof value === 'string' && storeName.test(value)
    ? undefined
    : `found ${inspected(value)}; allowed is text like ${storeName.source}`;
}

/** Any value of a user's code, short. Runs no code of the value. */
function inspected(value: unknown): string {
  const text = inspect(value, { customInspect: false, depth: 1, maxStringLength: shownMax });
  return text.length > shownMax + 40 ? `${text.slice(0, shownMax)}…` : text;
}
