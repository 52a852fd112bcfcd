/** The nodes that `on` and `lifts` of a request name: functions of a user, whose results are checked. */
import { isJsonObject, type Json } from '../../config/json.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { NodesByEntity } from '../consent/consent-reads.ts';
import { isPromised, resultOf, shownResult } from '../consent/user-function.ts';

/**
 * Throws `Broken('broken')` with the place for an error of the function, and for a result that has
 * no list of ids for each entity.
 *
 * @param place names the function, such as `'on' of the request 'open'`
 */
export function namedNodes(place: string, call: () => NodesByEntity): NodesByEntity {
  return checkedNodes(`${place} returned`, resultOf(place, call));
}

/**
 * Throws `Broken('broken')` for nodes without a list of ids for each entity. `place` begins the
 * text.
 */
export function checkedNodes(place: string, nodes: NodesByEntity): NodesByEntity {
  if (!isPromised(nodes) && isJsonObject(nodes as Json) && Object.values(nodes).every(isList))
    return nodes;
  throw new Broken(
    'broken',
    `${place} ${shownResult(nodes)}; allowed: lists of ids by entity, as { objects: [id] }`,
  );
}

function isList(ids: unknown): boolean {
  return Array.isArray(ids);
}
