/** The attributes of a node as a request gives them, and as an owner keeps them. Pure. */
import type { Json } from '../../runtime/ports/json.ts';

/** An object or a list, kept as JSON text, so that the order of the keys stays. */
export type JsonText = { readonly json: string };

export type AttributeValue = string | number | boolean | null | JsonText;
/** Attribute names with their values; values are always a list, as in LDAP. */
export type Attributes = { readonly [name: string]: readonly AttributeValue[] };

/** Attribute name to one value or a list of values. The schema of the request has checked them. */
export type GivenAttributes = { readonly [name: string]: Json };

/** The attributes as an owner keeps them: each a list. */
export function attributeLists(given: GivenAttributes | undefined): Attributes {
  const lists = Object.entries(given ?? {}).map(([name, value]): [string, AttributeValue[]] => [
    name,
    [value].flat().map(kept),
  ]);
  return Object.fromEntries(lists);
}

function kept(value: Json): AttributeValue {
  return value !== null && typeof value === 'object' ? { json: JSON.stringify(value) } : value;
}

/** The attributes as a reader gets them. */
export function shownLists(attributes: Attributes): { readonly [name: string]: readonly Json[] } {
  const lists = Object.entries(attributes).map(([name, values]) => [name, values.map(shownValue)]);
  return Object.fromEntries(lists);
}

/** The attributes as a reader of LDAP gets them: every value is text. */
export function ldapLists(attributes: Attributes): { readonly [name: string]: readonly Json[] } {
  const lists = Object.entries(attributes).map(([name, values]) => [
    name,
    values.map((value) => (value === null ? null : ldapText(value))),
  ]);
  return Object.fromEntries(lists);
}

/** Booleans are `TRUE` and `FALSE` (RFC 4517). */
function ldapText(value: AttributeValue): string {
  return typeof value === 'boolean' ? valueText(value).toUpperCase() : valueText(value);
}

export function shownValue(value: AttributeValue): Json {
  return isJsonText(value) ? JSON.parse(value.json) : value;
}

/** The value as text, for filters. */
export function valueText(value: AttributeValue): string {
  return isJsonText(value) ? value.json : String(value);
}

function isJsonText(value: AttributeValue): value is JsonText {
  return typeof value === 'object' && value !== null;
}
