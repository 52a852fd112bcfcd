/**
 * Whether a node may be created, or moved, below a parent, and to which nodes the service must
 * subscribe first. Pure.
 *
 * - Subscribe first: a service creates a dependant only after its subscription to every node
 *   of another service that the dependant depends on.
 * - A placement is refused with a problem, waits while an operation holds the parent, or goes on.
 *
 * Boundary: `node-creation-machine.ts` and the sagas of updates decide with these rules; the store
 * checks the write again.
 */
import type { ErrorCode } from '../../runtime/ports/errors.ts';
import { excludesCreate } from './conflicts.ts';
import type { ConsentReads } from './consent-reads.ts';
import type { GivenAttributes } from './given-attributes.ts';
import type { Hold, LinkState } from './ledger/store.ts';
import type { ConsentSettings, Upstream } from './settings.ts';

/**
 * The parent of a node to be created or moved, the holds on the parent, and the links to the nodes
 * it would depend on.
 */
export type Placement = ConsentReads['place']['result'];

/** A refusal in the form of an error body. */
export type Problem = {
  readonly code: number;
  readonly name: ErrorCode;
  readonly message: string;
  readonly at?: string;
};

/** The ids in the reference attributes, each once. */
export function referencedIds(
  settings: ConsentSettings,
  attributes: GivenAttributes | undefined,
): readonly string[] {
  return [...new Set(settings.references.flatMap(({ attribute }) => idsIn(attributes, attribute)))];
}

function idsIn(attributes: GivenAttributes | undefined, attribute: string): readonly string[] {
  return [attributes?.[attribute] ?? []].flat().filter((value) => typeof value === 'string');
}

/**
 * The nodes of other services that the node depends on: its parent of another class, and its
 * references.
 */
export function dependsOn(
  settings: ConsentSettings,
  { parent }: Placement,
  references: readonly string[],
): readonly string[] {
  const isForeign =
    parent !== null && !parent.isBase && parent.objectClass !== settings.objectClass;
  return [...new Set([...(isForeign ? [parent.id] : []), ...references])];
}

export function linkOf(placement: Placement, nodeId: string): LinkState | undefined {
  return placement.links.find((link) => link.nodeId === nodeId);
}

/**
 * The entity of a node; undefined where this service subscribes to no entity of the node's class.
 */
export function upstreamOf(
  settings: ConsentSettings,
  placement: Placement,
  nodeId: string,
): Upstream | undefined {
  const objectClass = placement.classes[nodeId];
  return settings.upstreams.find((upstream) => upstream.objectClass === objectClass);
}

function referenceProblem(
  settings: ConsentSettings,
  placement: Placement,
  attributes: GivenAttributes | undefined,
): Problem | undefined {
  for (const { attribute, entity } of settings.references) {
    const at = `/data/attributes/${attribute}`;
    for (const nodeId of idsIn(attributes, attribute)) {
      const found = upstreamOf(settings, placement, nodeId)?.entity;
      if (linkOf(placement, nodeId)?.tombstoned === true)
        return { code: 410, name: 'gone', message: `the referenced node ${nodeId} is deleted`, at };
      if (found === undefined)
        return { code: 404, name: 'not-found', message: `no node ${nodeId} to refer to`, at };
      if (found !== entity) {
        const message = `${nodeId} is of ${found}; allowed are nodes of ${entity}`;
        return { code: 409, name: 'wrong-class', message, at };
      }
    }
  }
  return undefined;
}

/** The reason why no node with these attributes can stand below the parent; undefined: none. */
export function placementProblem(
  settings: ConsentSettings,
  placement: Placement,
  parentId: string | undefined,
  attributes: GivenAttributes | undefined,
): Problem | undefined {
  const { parent } = placement;
  const { parentClasses, objectClass, baseNode } = settings;
  const at = '/data/parentId';
  if (parentId !== undefined && linkOf(placement, parentId)?.tombstoned === true)
    return { code: 410, name: 'gone', message: `the parent ${parentId} is deleted`, at };
  if (parentId === undefined && baseNode === '') {
    const message = `a ${objectClass} needs a parent: the entity has no base node`;
    return { code: 400, name: 'bad-message', message, at };
  }
  if (parent === null)
    return { code: 404, name: 'not-found', message: `no parent ${parentId ?? baseNode}`, at };
  if (!parent.isBase && !parentClasses.includes(parent.objectClass)) {
    const base = baseNode === '' ? [] : [`the base node '${baseNode}'`];
    const allowed = [...parentClasses, ...base].join(', ');
    const message = `a ${objectClass} cannot stand below a ${parent.objectClass}; allowed are ${allowed}`;
    return { code: 409, name: 'wrong-class', message, at };
  }
  return referenceProblem(settings, placement, attributes);
}

/**
 * The holds that exclude the placement: of deletions at or above the parent, of a move of the
 * parent, and this service's own promises about the nodes that the node depends on.
 */
export function excludingHolds(placement: Placement, depends: readonly string[]): readonly Hold[] {
  const parentId = placement.parent?.id ?? '';
  const promises = placement.links
    .filter(({ nodeId }) => depends.includes(nodeId))
    .flatMap((link) => link.promises);
  const promised = promises.map(
    ({ saga, nodeId, service, mode }): Hold => ({ saga, nodeId, service, mode, state: 'promised' }),
  );
  return [...placement.holds.filter((hold) => excludesCreate(hold, parentId)), ...promised];
}

/** Generations for new subscriptions: later than every generation that was used for the node before. */
export function nextGenerations(
  placement: Placement,
  depends: readonly string[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    depends.map((nodeId) => [nodeId, (linkOf(placement, nodeId)?.generation ?? 0) + 1]),
  );
}

/**
 * Whether one of the subscriptions has ended again, because meanwhile no node of the service
 * depended on the other service's node.
 */
export function isGivenUp(
  placement: Placement,
  generations: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(generations).some(
    ([nodeId, generation]) => (linkOf(placement, nodeId)?.givenUp ?? 0) >= generation,
  );
}
