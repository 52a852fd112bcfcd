/**
 * The reads of the ledger's links: the dependence of a service on nodes of other services.
 *
 * 1. A node counts as gone for a service with a tombstone of the node, and for every service when
 *    the tree has no such node.
 * 2. A service depends on a node through its own nodes directly below the node, and through its
 *    nodes that refer to the node.
 */

import type { HierarchyReads, LinkState, PromiseState } from '../store.ts';
import type { HierarchyRows } from './rows.ts';

/** One state for each id, in the order of the ids. */
export async function linkStates(
  { tree, ledger }: HierarchyRows,
  service: string,
  ids: readonly string[],
): Promise<readonly LinkState[]> {
  const [linkRows, treeNodes, tombstones, promised] = await Promise.all([
    ledger.links(service, ids),
    tree.nodes(ids),
    ledger.tombstones(ids),
    ledger.promises(service, ids),
  ]);
  const links = new Map(linkRows.map((link) => [link.nodeId, link]));
  const nodes = new Map(treeNodes.map((node) => [node.id, node]));
  const counting = tombstones.filter(
    (tombstone) => tombstone.service === service || !nodes.has(tombstone.nodeId),
  );
  const tombstonedNodes = new Set(counting.map((tombstone) => tombstone.nodeId));
  const promises = byNode(promised);
  return [...new Set(ids)].map((nodeId) => ({
    nodeId,
    objectClass: nodes.get(nodeId)?.objectClass ?? null,
    version: links.get(nodeId)?.version ?? 0,
    generation: links.get(nodeId)?.generation ?? 0,
    givenUp: links.get(nodeId)?.givenUp ?? 0,
    tombstoned: tombstonedNodes.has(nodeId),
    promises: promises.get(nodeId) ?? [],
  }));
}

/** In the order of sagas. */
function byNode(promises: readonly PromiseState[]): ReadonlyMap<string, readonly PromiseState[]> {
  const gathered = new Map<string, PromiseState[]>();
  for (const promise of [...promises].sort((a, b) => (a.saga < b.saga ? -1 : 1))) {
    gathered.set(promise.nodeId, [...(gathered.get(promise.nodeId) ?? []), promise]);
  }
  return gathered;
}

export async function orphanedLinks(
  rows: HierarchyRows,
  { service, nodeIds, upstream: candidates }: HierarchyReads['orphanedLinks']['args'],
): Promise<readonly LinkState[]> {
  const going = candidates === undefined ? await rows.tree.nodes(nodeIds) : [];
  const upstream =
    candidates ??
    going.flatMap((node) =>
      [node.parentId ?? [], ...Object.values(node.attributes)].flat(2).map(String),
    );
  const linked = (await rows.ledger.links(service, [...new Set(upstream)])).map(
    (link) => link.nodeId,
  );
  const kept = new Set(await rows.tree.dependedOn(service, linked, nodeIds));
  return linkStates(rows, service, linked.filter((id) => !kept.has(id)).sort());
}
