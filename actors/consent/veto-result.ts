/**
 * The result of a user's function that decides against an operation, checked: the function may have
 * no types, and a result in another form is neither a reason nor an agreement.
 */
import { parseIsoTime } from '../../config/iso-time.ts';
import { shown } from '../../config/shown.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import { boundedReason } from './reason-text.ts';
import type { Veto } from './retained.ts';
import { checkedResult, isPromised } from './user-function.ts';

const vetoForm = 'undefined, a reason or { reason, until }, until a date or a time of ISO 8601';

/**
 * Calls the function. Throws `Broken('broken')` with the place, the found form and the allowed form,
 * also for an error of the function. A long reason is cut.
 *
 * @param place names the function, such as `'mayDelete' of dependsOn.objects`
 */
export function vetoOf(place: string, decide: () => unknown): Veto | undefined {
  return checkedResult(place, decide, (returned) => vetoIn(place, returned));
}

function vetoIn(place: string, returned: unknown): Veto | undefined {
  if (returned === undefined) return undefined;
  if (typeof returned === 'string' && returned !== '') return boundedReason(returned);
  const { reason, until, ...others } = membersOf(returned) ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(place, `the member ${shown(other)}`);
  if (typeof reason !== 'string' || reason === '') throw wrong(place, formOf(returned));
  if (typeof until === 'string' && parseIsoTime(until) !== undefined)
    return { reason: boundedReason(reason), until };
  if (until === undefined) throw wrong(place, "no 'until' beside the reason");
  if (typeof until !== 'string') throw wrong(place, "an 'until' that is no text");
  throw wrong(place, `the 'until' ${shown(until)}, which is no time`);
}

function membersOf(returned: unknown): { readonly [name: string]: unknown } | undefined {
  if (!isObject(returned) || Array.isArray(returned) || isPromised(returned)) return undefined;
  return { ...returned };
}

function wrong(place: string, found: string): Broken {
  return new Broken('broken', `${place} gave ${found}; allowed: ${vetoForm}`);
}

function formOf(returned: unknown): string {
  if (returned === '') return 'an empty text';
  if (Array.isArray(returned)) return 'a list';
  if (typeof returned === 'function') return 'a function';
  if (!isObject(returned)) return shownPlain(returned);
  return isPromised(returned) ? 'a promise' : 'an object without a reason';
}

/** A value that is neither an object nor a text: JSON cannot hold every such value. */
function shownPlain(value: unknown): string {
  return String(value).slice(0, 80).toWellFormed();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
