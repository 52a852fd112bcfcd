/**
 * Whether a node may be created where it was asked for, and what must be subscribed to first. Pure.
 *
 * A dependant is created only after its service has subscribed to what it depends on (protocol.md §1, rule 3).
 */

import type { HierarchyReads, Hold, LinkState } from '../hierarchy/store.ts';
import { standsAgainstCreation } from './conflicts.ts';
import type { GivenAttributes } from './given-attributes.ts';
import type { ConsentSettings, Upstream } from './settings.ts';

export type Place = HierarchyReads['place']['result'];

export type Problem = {
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly at?: string;
};

/** Ids its reference attributes name, each once. */
export function referencedIds(
  settings: ConsentSettings,
  attributes: GivenAttributes | undefined,
): readonly string[] {
  return [...new Set(settings.references.flatMap(({ attribute }) => idsIn(attributes, attribute)))];
}

/** Nodes of others the new node would depend on: a foreign parent, and what it refers to. */
export function dependsOn(
  settings: ConsentSettings,
  place: Place,
  references: readonly string[],
): readonly string[] {
  const { parent } = place;
  const foreign = parent !== null && !parent.isBase && parent.objectClass !== settings.objectClass;
  return [...new Set([...(foreign ? [parent.id] : []), ...references])];
}

export function linkOf(place: Place, nodeId: string): LinkState | undefined {
  return place.links.find((link) => link.nodeId === nodeId);
}

/** The entity a node belongs to, as far as this service is subscribed to it. */
export function upstreamOf(
  settings: ConsentSettings,
  place: Place,
  nodeId: string,
): Upstream | undefined {
  const objectClass = linkOf(place, nodeId)?.objectClass;
  return settings.upstreams.find((upstream) => upstream.objectClass === objectClass);
}

function idsIn(attributes: GivenAttributes | undefined, attribute: string): readonly string[] {
  return [attributes?.[attribute] ?? []].flat().filter((value) => typeof value === 'string');
}

function referenceProblem(
  settings: ConsentSettings,
  place: Place,
  attributes: GivenAttributes | undefined,
): Problem | undefined {
  for (const { attribute, entity } of settings.references) {
    const at = `/data/attributes/${attribute}`;
    for (const nodeId of idsIn(attributes, attribute)) {
      const found = upstreamOf(settings, place, nodeId)?.entity;
      if (linkOf(place, nodeId)?.tombstoned === true)
        return {
          code: 410,
          name: 'gone',
          message: `the node ${nodeId} it refers to is deleted`,
          at,
        };
      if (found === undefined)
        return {
          code: 404,
          name: 'not-found',
          message: `there is no node ${nodeId} it could refer to`,
          at,
        };
      if (found !== entity)
        return {
          code: 409,
          name: 'wrong-class',
          message: `${nodeId} is of ${found}; allowed are nodes of ${entity}`,
          at,
        };
    }
  }
  return undefined;
}

/** Why it cannot be created there at all; undefined when it can. */
export function placeProblem(
  settings: ConsentSettings,
  place: Place,
  parentId: string | undefined,
  attributes: GivenAttributes | undefined,
): Problem | undefined {
  const { parent } = place;
  const { parentClasses, objectClass, baseNode } = settings;
  const gone = parentId !== undefined && linkOf(place, parentId)?.tombstoned === true;
  if (gone)
    return {
      code: 410,
      name: 'gone',
      message: `the parent ${parentId} is deleted`,
      at: '/data/parentId',
    };
  if (parent === null)
    return {
      code: 404,
      name: 'not-found',
      message: `there is no parent ${parentId ?? baseNode}`,
      at: '/data/parentId',
    };
  if (!parent.isBase && !parentClasses.includes(parent.objectClass)) {
    const allowed = [...parentClasses, `the base node '${baseNode}'`].join(', ');
    return {
      code: 409,
      name: 'wrong-class',
      message: `a ${objectClass} cannot stand below a ${parent.objectClass}; allowed are ${allowed}`,
      at: '/data/parentId',
    };
  }
  return referenceProblem(settings, place, attributes);
}

/** What stands against a creation here, the promises of this service among it: holds by the saga that counts. */
export function holdsAgainst(place: Place, depends: readonly string[]): readonly Hold[] {
  const at = place.parent?.id ?? '';
  const promises = place.links
    .filter(({ nodeId }) => depends.includes(nodeId))
    .flatMap((link) => link.promises);
  const promised = promises.map(
    ({ saga, nodeId, service, mode }): Hold => ({ saga, nodeId, service, mode, state: 'promised' }),
  );
  return [...place.holds.filter((hold) => standsAgainstCreation(hold, at)), ...promised];
}

/** Whether somebody's operation is under way here: a freeze above, or a promise of this service about what it would depend on. */
export function isHeld(place: Place, depends: readonly string[]): boolean {
  return holdsAgainst(place, depends).length > 0;
}

/** Whether a subscription it counts on was given back meanwhile, because nothing depended on the node any more. */
export function isGivenBack(place: Place, generations: Readonly<Record<string, number>>): boolean {
  return Object.entries(generations).some(
    ([nodeId, generation]) => (linkOf(place, nodeId)?.givenUp ?? 0) >= generation,
  );
}
