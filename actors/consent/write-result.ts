/**
 * The writes and reads that a user's functions return, checked: the functions may have no types, and
 * a value in another form would fail in a commit that names no function.
 */
import { isJsonObject, type Json } from '../../config/json.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';
import { jsonValue } from '../../runtime/step/json-value.ts';
import { checkedResult, isPromised, shownResult } from './user-function.ts';

/**
 * Calls the function. Throws `Broken` with the place, the found form and the allowed form, also for
 * an error of the function.
 *
 * @param place names the function, such as `'deleting' of dependsOn.objects`
 */
export function writesBy(place: string, call: () => unknown): readonly Write[] {
  return checkedResult(place, call, (returned) => {
    const given: readonly unknown[] = [returned].flat();
    return given.map((one) =>
      storeCallIn(place, one, 'it must return a write or a list of writes'),
    );
  });
}

/** As `writesBy`, for one read. */
export function readBy(place: string, call: () => unknown): Read {
  return checkedResult(place, call, (returned) =>
    storeCallIn(place, returned, "it must return a read, such as 'find' of a table gives"),
  );
}

function storeCallIn(place: string, returned: unknown, allowed: string): Write {
  if (isPromised(returned) || !isStoreCall(returned))
    throw new Broken('broken', `${place} returned ${shownResult(returned)}; ${allowed}`);
  return jsonValue(returned, `what ${place} returned`);
}

/** Whether a store can be named and asked; `args` may be any JSON. */
function isStoreCall(value: unknown): value is Write & { readonly [name: string]: Json } {
  return (
    isJsonObject(value) &&
    typeof value['store'] === 'string' &&
    typeof value['op'] === 'string' &&
    value['args'] !== undefined
  );
}
