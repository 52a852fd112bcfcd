/**
 * Numbers in a JSON text that `JSON.parse` gives back with another value.
 *
 * Boundary: the text has been parsed before, so the text is known to be JSON.
 *
 * - Changed: an integer in digits that is not safe, and a number beyond the range of a double. The
 *   rounding of a fraction is no change: every JSON reader rounds fractions.
 * - Negative zero: `JSON.parse` keeps the sign of `-0`, `JSON.stringify` drops the sign. A message
 *   has the number that a store would give back: `0`.
 * - Cheap: one search for long digits, exponents and `-0` passes ordinary texts. Only a text with
 *   such a number is read token by token, for the place of the number.
 */
import { type Path, pointerTo } from '../../config/pointer.ts';
import { Refused } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';

const conspicuous = /(?:^|[[:,\s])-?(?:\d{16}|\d+(?:\.\d+)?[eE]|(?<=-)0(?!\.\d*[1-9]))/;
const token =
  /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|(-?\d[\d.eE+-]*)|([[\]{},])/g;
const shownMax = 40;

/** `value` is what `JSON.parse` makes of `text`. Throws `Refused` for a number that it changes. */
export function withExactNumbers(text: string, value: Json): Json {
  if (!conspicuous.test(text)) return value;
  const changed = changedNumber(text);
  if (changed !== undefined) refuseNumber(changed.number, changed.path);
  return JSON.parse(text, (_, member: unknown) => (member === 0 ? 0 : member));
}

function refuseNumber(number: string, path: Path): never {
  const shown = number.length > shownMax ? `${number.slice(0, shownMax)}…` : number;
  throw new Refused(
    'bad-message',
    `a JSON reader changes the number ${shown}; allowed are integers from ` +
      `-${Number.MAX_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}, fractions within the range of ` +
      'a double, and any number as a string',
    { at: pointerTo(path) },
  );
}

/** The first number of the text that is changed, with its place. */
function changedNumber(text: string): { number: string; path: Path } | undefined {
  /** Of each open object the current key, of each open list the current index. */
  const open: (string | number)[] = [];
  for (const [, key, number, mark] of text.matchAll(token)) {
    const last = open.length - 1;
    if (key !== undefined) open[last] = JSON.parse(key);
    else if (number !== undefined && isChanged(number))
      return { number, path: open.map((step) => String(step)) };
    else if (mark === '{' || mark === '[') open.push(mark === '{' ? '' : 0);
    else if (mark === '}' || mark === ']') open.pop();
    else if (mark === ',') open[last] = following(open[last] ?? 0);
  }
  return undefined;
}

/** A comma in a list leads to the next index. In an object, the next key comes with its own token. */
function following(step: string | number): string | number {
  return typeof step === 'number' ? step + 1 : step;
}

function isChanged(number: string): boolean {
  const value = Number(number);
  if (!Number.isFinite(value)) return true;
  return /^-?\d+$/.test(number) && !Number.isSafeInteger(value);
}
