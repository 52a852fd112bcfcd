/** Functions whose results a step would need at once, and that give a promise on every call. */

/** Whether the value is an `async` function or an asynchronous generator function. */
export function isAsync(value: unknown): boolean {
  const kind = Object.prototype.toString.call(value);
  return kind === '[object AsyncFunction]' || kind === '[object AsyncGeneratorFunction]';
}
