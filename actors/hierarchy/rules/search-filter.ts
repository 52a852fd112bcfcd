/**
 * The meaning of a search filter: the nodes that pass the filter.
 *
 * 1. The values of one attribute are joined by *or*, attributes by *and*; no node passes an empty
 *    list of values.
 * 2. Values are compared as text, so that `1` finds `"1"`; `*` in a text is any run of characters;
 *    null matches an absent attribute.
 * 3. A probe is a necessary condition of the same filter, for an adapter with an index.
 */

import { valueText } from '../../consent/given-attributes.ts';
import { isStorable } from '../../consent/storable.ts';
import type { Attributes, AttributeValue, SearchQuery } from '../store.ts';
import { valuesOf } from './attributes.ts';
import type { Probe } from './rows.ts';
import { aliasTargetAttribute } from './tree-node.ts';

export type SearchFilter = NonNullable<SearchQuery['filter']>;

/** Attributes that are not stored among the others. */
const withoutProbe = new Set(['objectClass', 'prsDefault', aliasTargetAttribute]);

export function matchesFilter(attributes: Attributes, filter: SearchFilter): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    const values = valuesOf(attributes, name);
    return wanted.some((value) =>
      value === null ? values.length === 0 : values.some((held) => matchesValue(held, value)),
    );
  });
}

function matchesValue(held: AttributeValue, wanted: AttributeValue): boolean {
  return typeof wanted === 'string'
    ? matchesPattern(valueText(held), wanted)
    : valueText(held) === valueText(wanted);
}

/**
 * Takes the pieces between the wildcards from left to right, each at its first place; no
 * backtracking is needed.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail))
    return false;
  let at = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - tail.length;
}

/**
 * The attributes whose wanted values are all exact. An attribute with a wildcard or null among its
 * values is no probe.
 */
export function probesOf(filter: SearchFilter): readonly Probe[] {
  const named = Object.entries(filter).filter(
    ([name, wanted]) => !withoutProbe.has(name) && wanted.every(isNamed),
  );
  return named.map(([attribute, wanted]) => ({ attribute, values: wanted.flatMap(typedForms) }));
}

function isNamed(value: AttributeValue): boolean {
  return value !== null && !(typeof value === 'string' && value.includes('*'));
}

/** The stored values with this text. A text that cannot be stored has none. */
function typedForms(value: AttributeValue): AttributeValue[] {
  const text = valueText(value);
  if (!isStorable(text)) return [];
  const forms: AttributeValue[] = [text];
  if (String(Number(text)) === text && Number.isFinite(Number(text))) forms.push(Number(text));
  if (text === 'true' || text === 'false') forms.push(text === 'true');
  if (/^[{[]/.test(text)) forms.push({ json: text });
  return forms;
}
