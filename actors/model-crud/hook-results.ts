/**
 * The calls of hooks, and the checks of what hooks return. A hook is code of a user, maybe without
 * types, so its result is untrusted data until a function of this file has checked the form.
 *
 * Every function throws `Broken` with the hook: `broken` with the found form and the allowed form,
 * or the error of a hook that fails.
 */
import { isJsonObject } from '../../config/json.ts';
import { Broken, Refused } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Write } from '../../runtime/ports/store.ts';
import type { GivenAttributes } from '../consent/given-attributes.ts';
import { isPromised, resultOf, shownResult } from '../consent/user-function.ts';
import { type EntityHooks, type RefusalCode, refusalCodes } from './entity-hooks.ts';

/** `deleting` gives a veto: `consent/veto-result.ts`. */
type HookName = Exclude<keyof EntityHooks, 'deleting'>;

/** A result as data, whatever the hook has returned. */
function objectOf(hook: HookName, call: () => unknown): JsonObject | undefined {
  const returned = resultOf(`the hook '${hook}'`, call);
  if (returned === undefined) return undefined;
  if (isPromised(returned)) throw wrong(hook, 'a promise');
  if (isJsonObject(returned)) return returned;
  throw wrong(hook, `a ${typeof returned}`);
}

function wrong(hook: HookName, found: string): Broken {
  return new Broken('broken', `the hook '${hook}' gave ${found}; allowed: ${allowed[hook]}`);
}

const refusalForm = '{ refused: text, code? }';
const additionsForm = 'undefined or { writes?, start? }';
const allowed: Readonly<Record<HookName, string>> = {
  creating: `undefined, { attributes } or ${refusalForm}`,
  created: additionsForm,
  reading: `undefined, { nodes } or ${refusalForm}`,
  updating: `undefined, { attributes } or ${refusalForm}`,
  updated: additionsForm,
  deleted: additionsForm,
};

function membersOf(
  hook: HookName,
  call: () => unknown,
  members: readonly string[],
): JsonObject | undefined {
  const result = objectOf(hook, call);
  const other = Object.keys(result ?? {}).find((name) => !members.includes(name));
  if (other !== undefined) throw wrong(hook, `the member '${other}'`);
  return result;
}

/** Throws the refusal of a hook; gives its result otherwise. */
function decided(
  hook: 'creating' | 'reading' | 'updating',
  call: () => unknown,
  member: 'attributes' | 'nodes',
): JsonObject | undefined {
  const result = membersOf(hook, call, ['refused', 'code', member]);
  const { refused, code = 'refused' } = result ?? {};
  if (refused === undefined) return result;
  if (typeof refused !== 'string' || refused === '') throw wrong(hook, 'a refusal without a text');
  if (!isRefusalCode(code)) throw wrong(hook, `the code ${shownResult(code)}`);
  throw new Refused(code, refused);
}

function isRefusalCode(code: Json): code is RefusalCode {
  return refusalCodes.some((known) => known === code);
}

/** The attributes of the hook, or the given ones. Throws `Refused` where the hook refuses. */
export function attributesBy(
  hook: 'creating' | 'updating',
  call: () => unknown,
): GivenAttributes | undefined {
  const { attributes } = decided(hook, call, 'attributes') ?? {};
  if (attributes === undefined) return undefined;
  if (!isJsonObject(attributes)) throw wrong(hook, 'attributes that are no object');
  const given = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}

/** The nodes of the hook; undefined: the found ones. Throws `Refused` where the hook refuses. */
export function nodesBy(call: () => unknown): readonly Json[] | undefined {
  const { nodes } = decided('reading', call, 'nodes') ?? {};
  if (nodes === undefined || Array.isArray(nodes)) return nodes;
  throw wrong('reading', 'nodes that are no list');
}

export type Start = { readonly activity: string; readonly input: Json };
export type AddedParts = { readonly writes: readonly Write[]; readonly start: readonly Start[] };

/** The writes and activities of a hook. `activities`: the names of the activities of the service. */
export function additionsBy(
  hook: 'created' | 'updated' | 'deleted',
  call: () => unknown,
  activities: readonly string[],
): AddedParts {
  const { writes = [], start = [] } = membersOf(hook, call, ['writes', 'start']) ?? {};
  return {
    writes: [writes].flat().map((write) => {
      if (isWrite(write)) return write;
      throw wrong(hook, 'a write without store and op');
    }),
    start: [start].flat().map((one) => startIn(hook, one, activities)),
  };
}

function isWrite(write: Json): write is Write & JsonObject {
  return (
    isJsonObject(write) && typeof write['store'] === 'string' && typeof write['op'] === 'string'
  );
}

function startIn(
  hook: 'created' | 'updated' | 'deleted',
  given: Json,
  activities: readonly string[],
): Start {
  const { activity, input = null } = isJsonObject(given) ? given : {};
  if (typeof activity === 'string' && activities.includes(activity)) return { activity, input };
  const names = activities.join(', ') || 'none';
  throw wrong(hook, `the activity ${shownResult(activity)}, where the service has ${names}`);
}
