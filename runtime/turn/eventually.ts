/**
 * A value that is known at once or later. A turn awaits only reads, so a turn without a read is
 * computed at once, without a promise.
 */
export type Eventually<T> = T | Promise<T>;

/** Calls `next` at once when the value is known, else when it is. */
export function whenKnown<T, Next>(
  value: Eventually<T>,
  next: (known: T) => Eventually<Next>,
): Eventually<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
