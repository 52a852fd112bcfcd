/**
 * The members of a message's data that count as given. Pure.
 *
 * - null-is-absent: a client may send every key, with null for what is not given. A null member is
 *   left out, unless the schema takes null there or needs the member.
 * - lenient: a service with `compat: "lenient"` also leaves out members that its schema does not
 *   know.
 */
import type { TSchema } from 'typebox';
import { isJsonObject } from '../../config/json.ts';
import { branchesOf, schemaOfKey, viewOf } from '../../config/schema-view.ts';
import type { Json } from '../ports/json.ts';

export function givenMembers(schema: TSchema, data: Json, isLenient: boolean): Json {
  if (!isJsonObject(data)) return data;
  const branches = branchesOf(schema);
  if (!branches.every((branch) => viewOf(branch).type === 'object')) return data;
  const isGiven = ([key, value]: [string, Json | undefined]): boolean => {
    const known = branches.flatMap((branch) => schemaOfKey(branch, key) ?? []);
    if (known.length === 0) return value !== null && !isLenient;
    return value !== null || known.some(takesNull) || branches.some((branch) => needs(branch, key));
  };
  const members = Object.entries(data);
  return members.every(isGiven) ? data : Object.fromEntries(members.filter(isGiven));
}

function needs(branch: TSchema, key: string): boolean {
  return viewOf(branch).required?.includes(key) ?? false;
}

/** Whether the schema may take null. A schema of an unknown form may. */
function takesNull(schema: TSchema): boolean {
  return branchesOf(schema).some((branch) => {
    const { type, const: only, enum: values } = viewOf(branch);
    if (values !== undefined) return values.includes(null);
    return type === undefined ? only === undefined || only === null : type === 'null';
  });
}
