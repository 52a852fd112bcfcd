/**
 * Events and machine inputs as a machine gets them: JSON, with the members of the runtime under `$`.
 *
 * - One copy: the check for JSON and the stamp are one pass, because this pass is the dearest part of
 *   a hot step.
 */
import type { AnyEventObject } from 'xstate';
import { jsonMembers, jsonValue } from './json-value.ts';
import type { Stamp } from './step-effect.ts';

/**
 * An event for one machine. An event that a machine hands on keeps its message and its read result.
 * @throws Broken `not-json`
 */
export function stampedEvent(stamp: Stamp, event: AnyEventObject): AnyEventObject {
  return stamped(stamp, event, `the event '${event.type}'`);
}

/** @throws Broken `not-json` */
export function stampedInput(stamp: Stamp, input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return input === undefined ? undefined : jsonValue(input, 'the input');
  return stamped(stamp, input, 'the input');
}

function stamped<Given extends object>(stamp: Stamp, given: Given, what: string): Given {
  const copy: Record<string, unknown> = jsonMembers(given, what);
  copy['$'] = copy['$'] === undefined ? stamp : runtimeMembers(stamp, copy['$']);
  return copy as Given;
}

function runtimeMembers({ atMs, newId }: Stamp, given: unknown): Stamp {
  const members: Record<string, unknown> & Stamp = { atMs, newId };
  if (typeof given !== 'object' || given === null) return members;
  if ('message' in given) members['message'] = given.message;
  if ('read' in given) members['read'] = given.read;
  return members;
}
