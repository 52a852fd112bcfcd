/**
 * What an actor's key, a name and the name of a store may be: text that is the same on every broker
 * and in every database.
 */
import { inspect } from 'node:util';

/** Of a key of an actor, bytes of UTF-8. A database must be able to index it. */
export const keyBytesMax = 500;
/** Of the name of a service, a machine or a child machine. */
export const nameBytesMax = 200;

/** The name of a store. A part of the names of the store's schema and migrations. */
const storeName = /^(?!journal$)[a-z][a-z0-9-]{0,25}$/;

const shownMax = 80;

/** Why the value can be no key or name, with the value and with what is allowed. */
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

/** Why the value can be no name of a store, with the value and with what is allowed. */
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
