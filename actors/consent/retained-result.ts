/**
 * The result of a user's `retains`, checked: an entry in another form would say nothing about what
 * the service keeps, and an end that is no time would be an end that never comes.
 */
import { parseIsoTime } from '../../config/iso-time.ts';
import { isJsonObject } from '../../config/json.ts';
import { meantName } from '../../config/nearest-name.ts';
import { shown } from '../../config/shown.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import { boundedReason } from './reason-text.ts';
import type { Retained } from './retained.ts';
import { checkedResult, isPromised, shownResult } from './user-function.ts';

const members = ['what', 'basis', 'until'];
const form = 'a list of { what, basis, until? }, until a date or a time of ISO 8601';

/**
 * Calls the function. Throws `Broken('broken')` with the place, the found form and the allowed form,
 * also for an error of the function.
 *
 * @param place names the function, such as `'retains' of dependsOn.objects`
 */
export function retainedBy(place: string, keep: () => unknown): readonly Retained[] {
  return checkedResult(place, keep, (returned) => {
    if (!Array.isArray(returned)) throw wrong(place, shownResult(returned));
    return Array.from(returned, (entry: unknown) => retainedIn(place, entry));
  });
}

function retainedIn(place: string, entry: unknown): Retained {
  if (isPromised(entry) || !isJsonObject(entry))
    throw wrong(place, `a list with ${shownResult(entry)}`);
  const { what, basis, until, ...others } = { ...entry };
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw wrong(place, `the member ${shown(other)}${meantName(other, members)}`);
  const texts = { what: textIn(place, 'what', what), basis: textIn(place, 'basis', basis) };
  if (until === undefined) return texts;
  if (typeof until === 'string' && parseIsoTime(until) !== undefined) return { ...texts, until };
  throw wrong(place, `the 'until' ${shownResult(until)}, which is no time`);
}

function textIn(place: string, member: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return boundedReason(value);
  throw wrong(
    place,
    value === undefined ? `no '${member}'` : `the '${member}' ${shownResult(value)}`,
  );
}

function wrong(place: string, found: string): Broken {
  return new Broken('broken', `${place} gave ${found}; allowed: ${form}`);
}
