/**
 * The links of the ledger: the dependence of a service on nodes of other services.
 *
 * 1. A node counts as gone for a service with a tombstone of the node, and for every service when
 *    its owner has removed the node.
 */

import type { LinkState, PromiseState, Tombstone } from '../store.ts';
import type { LedgerRows } from './rows.ts';

/** One state for each id, in the order of the ids. */
export async function linkStates(
  ledger: LedgerRows,
  service: string,
  ids: readonly string[],
): Promise<readonly LinkState[]> {
  return (await linksAndDone(ledger, service, ids)).links;
}

/**
 * The states of the links. `done`: the ids of the nodes for which the service has done its part of a
 * deletion.
 */
export async function linksAndDone(
  ledger: LedgerRows,
  service: string,
  ids: readonly string[],
): Promise<{ readonly links: readonly LinkState[]; readonly done: readonly string[] }> {
  const [linkRows, tombstones, promised] = await Promise.all([
    ledger.links.rows(service, ids),
    ledger.tombstones(ids),
    ledger.promises(service, ids),
  ]);
  const links = new Map(linkRows.map((link) => [link.nodeId, link]));
  const gone = new Set(tombstones.filter((one) => isGoneFor(service, one)).map(nodeIdOf));
  const promises = byNode(promised);
  const states = [...new Set(ids)].map((nodeId) => ({
    nodeId,
    entity: links.get(nodeId)?.entity ?? null,
    version: links.get(nodeId)?.version ?? 0,
    generation: links.get(nodeId)?.generation ?? 0,
    givenUp: links.get(nodeId)?.givenUp ?? 0,
    tombstoned: gone.has(nodeId),
    promises: promises.get(nodeId) ?? [],
  }));
  const own = tombstones.filter((one) => one.service === service && !one.removed);
  return { links: states, done: [...new Set(own.map(nodeIdOf))] };
}

/** Whether the node of the tombstone is gone for the service. */
export function isGoneFor(service: string, tombstone: Tombstone): boolean {
  return tombstone.removed || tombstone.service === service;
}

function nodeIdOf({ nodeId }: Tombstone): string {
  return nodeId;
}

/** In the order of sagas. */
function byNode(promises: readonly PromiseState[]): ReadonlyMap<string, readonly PromiseState[]> {
  const gathered = new Map<string, PromiseState[]>();
  for (const promise of [...promises].sort((a, b) => (a.saga < b.saga ? -1 : 1))) {
    gathered.set(promise.nodeId, [...(gathered.get(promise.nodeId) ?? []), promise]);
  }
  return gathered;
}
