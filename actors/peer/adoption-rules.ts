/**
 * Whether a service can take over the nodes of another service, and to which nodes the service then
 * subscribes. Pure.
 *
 * - All nodes are taken over, or none.
 * - A node that a saga has decided about is not handed over: the saga removes the node as soon as
 *   the former service runs again. The same holds below a node of this service that goes.
 * - A node that refuses the deletion of a node that it refers to is not taken over while a saga that
 *   has every `ok` deletes the referred node: the saga does not ask the successor any more.
 * - No dependence is lost. Nodes that depend on others by an attribute are taken over only by a
 *   service for which the attribute is a reference. The nodes are not taken over when nodes of the
 *   successor refer to them: the ledger keeps no reference between nodes of one service.
 * - A service adopts nothing below a node that the service has promised: a promise excludes new
 *   dependants.
 */
import type { ConsentReads } from '../consent/consent-reads.ts';
import type { Hold, LedgerWrites } from '../consent/ledger/store.ts';
import type { AdoptableNode, UpstreamNode } from '../consent/nodes.ts';
import type { Problem } from '../consent/placement.ts';
import type { ConsentSettings } from '../consent/settings.ts';

export type Adopting = ConsentReads['adoption']['result'];

function upstreamNodes({ parent, references }: AdoptableNode): readonly UpstreamNode[] {
  return [parent ?? [], references].flat();
}

/** `3 of 12 nodes, first prsTag load (<id>)` */
function someOf(nodes: readonly AdoptableNode[], some: readonly AdoptableNode[]): string {
  const [first] = some;
  const name = `${first?.objectClass} ${first?.cn} (${first?.id})`;
  return `${some.length} of ${nodes.length} nodes, first ${name}`;
}

function takesParent(
  { parentClasses, upstreams }: ConsentSettings,
  { objectClass }: UpstreamNode,
): boolean {
  const isSubscribed = upstreams.some((upstream) => upstream.objectClass === objectClass);
  return isSubscribed && parentClasses.includes(objectClass);
}

function takesReferences({ references, upstreams }: ConsentSettings, node: AdoptableNode): boolean {
  return node.references.every(({ attribute, objectClass }) => {
    const entity = references.find((reference) => reference.attribute === attribute)?.entity;
    return upstreams.some(
      (upstream) => upstream.entity === entity && upstream.objectClass === objectClass,
    );
  });
}

function wrongClass(message: string): Problem {
  return { code: 409, name: 'wrong-class', message };
}

function placeProblem(
  settings: ConsentSettings,
  from: string,
  { nodes }: Adopting,
): Problem | undefined {
  const { service, objectClass } = settings;
  const misplaced = nodes.filter(({ parent }) => parent !== null && !takesParent(settings, parent));
  if (misplaced.length > 0) {
    const below = `below a ${misplaced[0]?.parent?.objectClass}: ${someOf(nodes, misplaced)}`;
    return wrongClass(`${service} keeps no ${objectClass} ${below}`);
  }
  const misled = nodes.filter((node) => !takesReferences(settings, node));
  if (misled.length > 0)
    return wrongClass(
      `${service} cannot refer to what the nodes refer to: ${someOf(nodes, misled)}`,
    );
  return from === service ? undefined : lostReference(service, nodes);
}

/** A reference that would be none any more between nodes of the successor. */
function lostReference(service: string, nodes: readonly AdoptableNode[]): Problem | undefined {
  const unknown = nodes.filter(({ mentions }) => mentions.length > 0);
  if (unknown.length > 0) {
    const attribute = unknown[0]?.mentions[0]?.attribute;
    return wrongClass(
      `nodes depend on others by ${attribute}, which is no reference of ${service}: ${someOf(nodes, unknown)}`,
    );
  }
  const referred = nodes.filter(({ referrer }) => referrer !== null);
  const referrer = referred[0]?.referrer ?? null;
  if (referrer === null) return undefined;
  return wrongClass(
    `${service} cannot refer to nodes of its own, and ${referrer.cn} (${referrer.id}) does: ${someOf(nodes, referred)}`,
  );
}

/** The nodes that go along with a node above, because a saga has decided about the node above. */
function goingAlong({ nodes, holds }: Adopting): ReadonlySet<AdoptableNode> {
  const taken = new Map(nodes.map((node) => [node.id, node]));
  const decided = new Set(
    holds.flatMap(({ nodeId, mode, state }) => (mode === 'D' && state === 'decided' ? nodeId : [])),
  );
  const goes = ({ parent, belowId }: AdoptableNode): boolean => {
    const above = taken.get(belowId ?? '');
    return above === undefined ? decided.has(parent?.id ?? '') : goes(above);
  };
  return new Set(nodes.filter(goes));
}

/** The nodes whose deletion the successor would refuse, because a node that stays refers to them. */
export function neededIds({ references }: ConsentSettings, adopting: Adopting): readonly string[] {
  const refusing = new Set(
    references.flatMap(({ attribute, onDelete }) => (onDelete === 'refuse' ? attribute : [])),
  );
  const going = goingAlong(adopting);
  const needed = adopting.nodes
    .filter((node) => !going.has(node))
    .flatMap((node) => node.references.filter(({ attribute }) => refusing.has(attribute)));
  return [...new Set(needed.map(({ id }) => id))];
}

function frozen(message: string): Problem {
  return { code: 423, name: 'frozen', message };
}

function sagaProblem(settings: ConsentSettings, adopting: Adopting): Problem | undefined {
  const { nodes, listing, holds, links } = adopting;
  const ids = new Set(nodes.map(({ id }) => id));
  const needed = new Set(neededIds(settings, adopting));
  // Below a node of this service the nodes become own nodes, which an agreed saga does not remove.
  const above = new Set(listing);
  const isAbove = ({ nodeId, service }: Hold) => service === settings.service && above.has(nodeId);
  const decided = holds.find(
    (hold) => hold.state === 'decided' && (ids.has(hold.nodeId) || isAbove(hold)),
  );
  if (decided !== undefined)
    return frozen(
      `the saga ${decided.saga} of ${decided.service} has decided about ${decided.nodeId}; start ${decided.service} once more, so that the saga ends`,
    );
  const agreed = holds.find(
    (hold) =>
      hold.state !== 'asking' && (needed.has(hold.nodeId) || isAbove(hold)) && hold.mode === 'D',
  );
  if (agreed !== undefined)
    return frozen(
      `the saga ${agreed.saga} of ${agreed.service} deletes ${agreed.nodeId}, on which the nodes depend, and asks nobody any more; adopt when the saga is over`,
    );
  const [promise] = links.flatMap(({ promises }) => promises);
  return (
    promise &&
    frozen(
      `${promise.service} has promised ${promise.nodeId} to the saga ${promise.saga}; adopt when the saga is over`,
    )
  );
}

/** Why the nodes cannot be taken over; undefined: nothing stands in the way. */
export function adoptionProblem(
  settings: ConsentSettings,
  from: string,
  adopting: Adopting,
): Problem | undefined {
  if (adopting.nodes.length === 0)
    return { code: 404, name: 'not-found', message: `'${from}' keeps no nodes here` };
  return placeProblem(settings, from, adopting) ?? sagaProblem(settings, adopting);
}

/** The subscriptions of the new owner, each under a generation that was not used before. */
export function subscriptionsFor(
  { upstreams }: ConsentSettings,
  { nodes, links }: Adopting,
): LedgerWrites['adopt']['args']['on'] {
  const generations = new Map(links.map(({ nodeId, generation }) => [nodeId, generation]));
  const upstream = new Map(nodes.flatMap(upstreamNodes).map((node) => [node.id, node]));
  return [...upstream.values()].map(({ id: nodeId, service: owner, objectClass }) => ({
    nodeId,
    owner,
    entity: upstreams.find((one) => one.objectClass === objectClass)?.entity ?? '',
    generation: (generations.get(nodeId) ?? 0) + 1,
  }));
}
