/** The attributes of a node as a request gives them, and as an owner keeps them. Pure. */
import type { Json } from '../../runtime/ports/json.ts';

export type AttributeValue = string | number | boolean | null;
/** Attribute names with their values; values are always a list, as in LDAP. */
export type Attributes = { readonly [name: string]: readonly AttributeValue[] };

/** Attribute name to one value or a list of values. The schema of the request has checked them. */
export type GivenAttributes = { readonly [name: string]: Json };

function isValue(value: Json): value is AttributeValue {
  return value === null || typeof value !== 'object';
}

/** The attributes as an owner keeps them: each a list. */
export function attributeLists(given: GivenAttributes | undefined): Attributes {
  const lists = Object.entries(given ?? {}).map(([name, value]): [string, AttributeValue[]] => [
    name,
    [value].flat().filter(isValue),
  ]);
  return Object.fromEntries(lists);
}
