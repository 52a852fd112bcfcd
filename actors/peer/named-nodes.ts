/** The nodes that `on` and `lifts` of a request name: functions of a user, whose results are checked. */
import { isJsonObject } from '../../config/json.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { NodesByEntity } from '../consent/consent-reads.ts';
import { checkedResult, isPromised, shownResult } from '../consent/user-function.ts';

/**
 * Throws `Broken('broken')` with the place for an error of the function, and for a result that has
 * no list of ids for each entity.
 *
 * @param place names the function, such as `'on' of the request 'open'`
 */
export function namedNodes(place: string, call: () => NodesByEntity): NodesByEntity {
  return checkedResult(place, call, (returned) => checkedNodes(`${place} returned`, returned));
}

/**
 * Throws `Broken('broken')` for nodes without a list of ids for each entity. `place` begins the
 * text.
 */
export function checkedNodes(place: string, nodes: unknown): NodesByEntity {
  if (!isPromised(nodes) && isJsonObject(nodes)) {
    const lists = Object.entries(nodes).map(([entity, ids]) => [entity, idsIn(ids)] as const);
    if (lists.every(([, ids]) => ids !== undefined))
      return Object.fromEntries(lists) as NodesByEntity;
  }
  throw new Broken(
    'broken',
    `${place} ${shownResult(nodes)}; allowed: lists of ids by entity, as { objects: [id] }`,
  );
}

/** A copy, so that nobody changes the ids after the check. */
function idsIn(ids: unknown): readonly string[] | undefined {
  const given: readonly unknown[] = Array.isArray(ids) ? [...ids] : [undefined];
  const texts = given.filter((id) => typeof id === 'string');
  return texts.length === given.length ? texts : undefined;
}
