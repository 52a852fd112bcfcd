/**
 * Attributes as clients of LDAP give them: every value is text, and names of attributes are in any
 * case. Pure.
 *
 * - stored-alike: an attribute with a type is stored with its type (`"TRUE"` as true, `"2"` as 2),
 *   so that rules and other services find the same values, whatever the form of the service.
 * - typed-too: a value in its JSON type is taken unchanged.
 */
import { isJsonObject } from '../../config/json.ts';
import { pointerTo } from '../../config/pointer.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { folded } from '../hierarchy/rules/name-fold.ts';

type Rules = Pick<ConsentSettings, 'references' | 'attributes'>;

/** The types of the attributes that the hierarchy knows. */
const standardTypes: Readonly<Record<string, string>> = {
  cn: 'string',
  objectClass: 'string',
  description: 'string',
  prsActive: 'boolean',
  prsDefault: 'boolean',
  prsEntityTypeCode: 'integer',
  prsIndex: 'integer',
  prsJsonConfigString: 'string',
};

/**
 * The attributes under the names that the service knows, with typed values. Throws
 * `Refused('bad-message')` with the place of a text that is no value of the type.
 */
export function typedAttributes(rules: Rules, given: GivenAttributes): GivenAttributes {
  const types = typesOf(rules);
  const names = new Map([...types.keys()].map((name) => [folded(name), name]));
  const seen = new Map<string, Json>();
  for (const [called, value] of Object.entries(given)) {
    const name = names.get(folded(called)) ?? called;
    if (seen.has(name)) refuse(called, `is the attribute ${name} once more`);
    seen.set(name, typed(called, types.get(name), value));
  }
  return Object.fromEntries(seen);
}

function typesOf({ references, attributes = {} }: Rules): ReadonlyMap<string, string> {
  const own = isJsonObject(attributes['properties']) ? attributes['properties'] : {};
  const named = Object.entries(own).map(([name, schema]): [string, string] => [
    name,
    isJsonObject(schema) && typeof schema['type'] === 'string' ? schema['type'] : 'string',
  ]);
  const referring = references.map(({ attribute }): [string, string] => [attribute, 'string']);
  return new Map([...Object.entries(standardTypes), ...named, ...referring]);
}

function typed(name: string, type: string | undefined, value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => typed(name, type, each));
  if (typeof value !== 'string') return value;
  if (type === 'boolean') return flag(name, value);
  if (type === 'integer' || type === 'number') return figure(name, type, value);
  return value;
}

function flag(name: string, text: string): boolean {
  const upper = text.toUpperCase();
  if (upper !== 'TRUE' && upper !== 'FALSE')
    refuse(name, `must be "TRUE" or "FALSE", found ${JSON.stringify(text)}`);
  return upper === 'TRUE';
}

function figure(name: string, type: string, text: string): number {
  const isWritten = (type === 'integer' ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d{1,15})?$/).test(text);
  if (!isWritten) refuse(name, `must be the text of a ${type}, found ${JSON.stringify(text)}`);
  return Number(text);
}

function refuse(name: string, text: string): never {
  const at = pointerTo(['data', 'attributes', name]);
  throw new Refused('bad-message', `${at} ${text}`, { at });
}
