/**
 * The work of a synchronous function, counted instead of timed: the sum of the lengths of all arrays
 * that the function walks through, by a method or by an iterator.
 *
 * - A search in a list counts the whole list, so a search for each element of another list shows as
 *   the product of both lengths.
 */

const walks = [
  'includes',
  'indexOf',
  'find',
  'findIndex',
  'some',
  'every',
  'filter',
  'map',
  'flatMap',
  'forEach',
  'reduce',
] as const;

/** Runs the function and gives the count. */
export function countedWork(act: () => void): number {
  let steps = 0;
  const names = [...walks, Symbol.iterator] as const;
  const own = names.map((name) => Object.getOwnPropertyDescriptor(Array.prototype, name) ?? {});
  for (const [at, name] of names.entries()) {
    const walk = own[at]?.value as (...args: unknown[]) => unknown;
    Object.defineProperty(Array.prototype, name, {
      ...own[at],
      value(this: readonly unknown[], ...args: unknown[]) {
        steps += this.length;
        return Reflect.apply(walk, this, args);
      },
    });
  }
  try {
    act();
  } finally {
    for (let at = 0; at < names.length; at += 1)
      Object.defineProperty(Array.prototype, names[at] as string | symbol, own[at] ?? {});
  }
  return steps;
}
