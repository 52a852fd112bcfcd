/**
 * Calls of a user's functions, which must be pure. An error names the function, and a returned
 * promise is refused. Nobody waits for a promise, so its rejection would end the process.
 */
import { shown } from '../../config/shown.ts';
import { Broken, errorOf, errorText, UnanimousError } from '../../runtime/ports/errors.ts';

/**
 * The result of the call. Throws `Broken` with the place for an error of the function; another
 * error of this package, such as a refusal, is thrown as the function has thrown the error.
 *
 * @param place names the function, such as `'mayDelete' of dependsOn.objects`
 */
export function resultOf<Result>(place: string, call: () => Result): Result {
  try {
    return call();
  } catch (thrown) {
    const cause = errorOf(thrown);
    if (cause instanceof UnanimousError && !(cause instanceof Broken)) throw cause;
    const code = cause instanceof Broken ? cause.code : 'broken';
    throw new Broken(code, `${place} failed: ${errorText(cause)}`, { cause });
  }
}

/**
 * The checked result of the call. A result whose members throw when the check reads them throws
 * `Broken('broken')` with the place, as an error of the function does.
 */
export function checkedResult<Result>(
  place: string,
  call: () => unknown,
  check: (returned: unknown) => Result,
): Result {
  const returned = resultOf(place, call);
  try {
    return check(returned);
  } catch (thrown) {
    const cause = errorOf(thrown);
    if (cause instanceof UnanimousError) throw cause;
    throw new Broken('broken', `${place} gave a value that cannot be read: ${errorText(cause)}`, {
      cause,
    });
  }
}

/**
 * Whether the function has returned a promise, whose rejection is handled from now on. Never
 * throws: a value whose `then` cannot be read is no promise.
 */
export function isPromised(returned: unknown): boolean {
  try {
    if (typeof returned !== 'object' || returned === null) return false;
    if (!('then' in returned) || typeof returned.then !== 'function') return false;
    Promise.resolve(returned).catch(() => undefined);
    return true;
  } catch {
    return false;
  }
}

/**
 * A result as the text of an error names it: short, and without secrets. Never throws, although a
 * function may return a value that JSON cannot hold, such as a circle or a bigint.
 */
export function shownResult(returned: unknown): string {
  if (isPromised(returned)) return 'a promise';
  if (returned === undefined) return 'nothing';
  try {
    return shown(JSON.parse(JSON.stringify(returned)));
  } catch {
    return `a value that is no JSON (${typeof returned})`;
  }
}
