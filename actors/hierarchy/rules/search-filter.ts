/**
 * The meaning of a search filter: the nodes that pass the filter.
 *
 * 1. The values of one attribute are joined by *or*, attributes by *and*; no node passes an empty
 *    list of values.
 * 2. Values are compared as text, so that `1` finds `"1"`; `*` in a text is any run of characters;
 *    null matches an absent attribute.
 * 3. `\XX` in a text is a byte of UTF-8 in hexadecimal digits and never a wildcard, as in RFC 4515:
 *    `\2a` is an asterisk, `\5c` a backslash. Any other backslash is itself.
 * 4. With the values of LDAP, names of attributes and texts are compared without regard to case.
 * 5. A probe is a necessary condition of the same filter, for an adapter with an index.
 */

import { valueText } from '../../consent/given-attributes.ts';
import { isStorable } from '../../consent/storable.ts';
import type { Attributes, AttributeValue, SearchQuery } from '../store.ts';
import { valuesOf } from './attributes.ts';
import { folded } from './name-fold.ts';
import type { Probe } from './rows.ts';
import { aliasTargetAttribute, uuidAttribute } from './tree-node.ts';

export type SearchFilter = NonNullable<SearchQuery['filter']>;
export type ValueForm = SearchQuery['values'];

/** Attributes that are not stored among the others. */
const withoutProbe = new Set(['objectClass', 'prsDefault', aliasTargetAttribute, uuidAttribute]);

/** Whether attributes pass the filter. */
export function filterOf(
  filter: SearchFilter,
  form?: ValueForm,
): (attributes: Attributes) => boolean {
  const conditions = Object.entries(filter).map(([name, wanted]) => {
    const tests = wanted.map((value) => valueTest(value, form));
    return (attributes: Attributes) => {
      const texts = valuesNamed(attributes, name, form).map(valueText);
      return tests.some((passes) => passes(texts));
    };
  });
  return (attributes) => conditions.every((passes) => passes(attributes));
}

/** The values of an attribute; with the values of LDAP its name may be in any case. */
export function valuesNamed(
  attributes: Attributes,
  name: string,
  form: ValueForm,
): readonly AttributeValue[] {
  if (form !== 'ldap' || Object.hasOwn(attributes, name)) return valuesOf(attributes, name);
  const wanted = folded(name);
  const same = Object.keys(attributes).find((each) => folded(each) === wanted);
  return same === undefined ? [] : valuesOf(attributes, same);
}

function valueTest(wanted: AttributeValue, form: ValueForm): (texts: readonly string[]) => boolean {
  if (wanted === null) return (texts) => texts.length === 0;
  const inForm = form === 'ldap' ? folded : (text: string) => text;
  const pieces = (typeof wanted === 'string' ? piecesOf(wanted) : [valueText(wanted)]).map(inForm);
  return (texts) => texts.some((text) => matchesPieces(inForm(text), pieces));
}

/** The texts between the wildcards of a pattern. */
function piecesOf(pattern: string): readonly string[] {
  return pattern.split('*').map(unescaped);
}

function unescaped(text: string): string {
  return text.replace(/(?:\\[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
}

export function matchesPattern(text: string, pattern: string): boolean {
  return matchesPieces(text, piecesOf(pattern));
}

/**
 * Takes the pieces between the wildcards from left to right, each at its first place; no
 * backtracking is needed.
 */
function matchesPieces(text: string, pieces: readonly string[]): boolean {
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return text === head;
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
 * A probe for each attribute, except an attribute with null among its wanted values. With the
 * values of LDAP there are no probes, because a database compares texts as they are stored.
 */
export function probesOf(filter: SearchFilter, form?: ValueForm): readonly Probe[] {
  if (form === 'ldap') return [];
  const named = Object.entries(filter).filter(
    ([name, wanted]) => !withoutProbe.has(name) && wanted.every((value) => value !== null),
  );
  return named.map(([attribute, wanted]) => ({
    attribute,
    values: wanted.filter((value) => !isPattern(value)).flatMap(typedForms),
    patterns: wanted
      .filter(isPattern)
      .map(piecesOf)
      .filter((pieces) => pieces.every(isStorable)),
  }));
}

function isPattern(value: AttributeValue): value is string {
  return typeof value === 'string' && value.includes('*');
}

/** The text that a value without a wildcard means. */
function exactText(value: AttributeValue): string {
  return typeof value === 'string' ? unescaped(value) : valueText(value);
}

/** The stored values with this text. A text that cannot be stored has none. */
function typedForms(value: AttributeValue): AttributeValue[] {
  const text = exactText(value);
  if (!isStorable(text)) return [];
  const forms: AttributeValue[] = [text];
  if (String(Number(text)) === text && Number.isFinite(Number(text))) forms.push(Number(text));
  if (text === 'true' || text === 'false') forms.push(text === 'true');
  if (/^[{[]/.test(text)) forms.push({ json: text });
  return forms;
}
