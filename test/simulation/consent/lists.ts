/** The subscribers of nodes and their agreement, read from the tables after the commit. */

import {
  keyOf,
  type MemoryLedgerTables,
} from '../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import type { PromiseState, Subscription } from '../../../actors/consent/ledger/store.ts';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import {
  subscribersIdOf,
  subscriptionOf,
  type TreeNode,
} from '../../../actors/hierarchy/rules/tree-node.ts';
import type { Agreement } from './chronicle.ts';
import type { ConsentRun } from './consent-run.ts';
import { ownedKinds, serviceOf } from './entities.ts';
import { hookName } from './hook.ts';
import type { OldVoter } from './old-voter.ts';
import { ordersName } from './orders.ts';
import type { SagaStory } from './saga-story.ts';
import { vaultName } from './vault.ts';

/** The services that speak the protocol. */
export const newPeers: ReadonlySet<string> = new Set([
  ...ownedKinds.map(serviceOf),
  ordersName,
  vaultName,
  hookName,
]);

/** The promises of all services, in the ledgers of all databases. */
export function promisesOf({ ledger, ordersLedger }: ConsentRun): readonly PromiseState[] {
  return [...new Set([ledger, ordersLedger])].flatMap(({ promises }) => [...promises.values()]);
}

/** The ledger of a service. */
export function ledgerOf(
  { ledger, ordersLedger }: ConsentRun,
  service: string,
): MemoryLedgerTables {
  return service === ordersName ? ordersLedger : ledger;
}

export function listOf(ledger: MemoryLedgerTables, nodeId: string): readonly Subscription[] {
  return ledger.subscriptionsOf(nodeId);
}

/** The list of a node as the tree repeats it. */
export function repeatedList(tables: MemoryTables, nodeId: string): readonly Subscription[] {
  return tables.childrenOf(subscribersIdOf(nodeId)).map((node) => subscriptionOf(nodeId, node));
}

/**
 * Those who were on the lists of the live ones of these nodes and whose durable `ok` is missing.
 * Once a service has called the saga off, an `ok` that was given counts although it was taken back
 * since: who has not heard of that yet may still promise, and `call-off removes nothing` sees to the rest.
 */
export function missingOks(
  run: ConsentRun,
  { story, nodeIds, lists, fulfilled }: Agreement,
): readonly string[] {
  const live = nodeIds.filter((nodeId) => run.chronicle.isThere(nodeId));
  return live.flatMap((nodeId) =>
    [...(lists.get(nodeId) ?? []), ...alwaysAsked(run)]
      .filter(
        (service) =>
          !fulfilled.has(keyOf(story.saga, service, nodeId)) &&
          !hasAgreed(run, story, service, nodeId),
      )
      .map((service) => `${service} for ${nodeId}`),
  );
}

/** The services that are asked about every node. */
function alwaysAsked({ plan }: ConsentRun): readonly string[] {
  return plan.hook === undefined ? [] : [hookName];
}

/** A no under a saga takes back the voter's earlier answers under the saga: the no counts (`veto respected`). */
function hasAgreed(run: ConsentRun, story: SagaStory, service: string, nodeId: string): boolean {
  const { saga, verb, noBy, offBy, promised } = story;
  if (noBy.has(service)) return true;
  if (offBy.size > 0 && promised.get(service)?.has(nodeId) === true) return true;
  const peer = run.peers.get(service);
  const ledger = ledgerOf(run, service);
  if (peer !== undefined)
    return (
      peer.said(saga, nodeId, verb === 'update' ? 'mayUpdate' : 'mayDelete') === 'ok' ||
      believedForger(run, peer, saga, nodeId)
    );
  if (run.chronicle.hasPromise(saga, service, nodeId)) return true;
  if (ledger.promises.get(keyOf(saga, service, nodeId))?.state === 'ok') return true;
  return isTombstoned(ledger, nodeId, service);
}

/**
 * An old voter carries out a forged decision, and answers `ok` under the correlation id of the open
 * question. Its owner cannot tell this answer from a vote, and the first vote counts, also before a
 * `no` that comes later (docs/trust.md names the case). Asked before the decision of the saga.
 */
export function believedForger(
  { forger }: ConsentRun,
  peer: OldVoter,
  saga: string,
  nodeId: string,
): boolean {
  return forger !== undefined && peer.carriedOut(saga, nodeId);
}

export function isTombstoned(ledger: MemoryLedgerTables, nodeId: string, service: string): boolean {
  return [...ledger.tombstones.values()].some(
    (tombstone) => tombstone.nodeId === nodeId && tombstone.service === service,
  );
}

/** The nodes of other classes that the node depends on. */
export function dependencesOf(tables: MemoryTables, node: TreeNode): readonly string[] {
  const parent = tables.nodes.get(node.parentId ?? '');
  const foreign =
    parent?.kind === 'entity' && parent.objectClass !== node.objectClass ? [parent.id] : [];
  return [...foreign, ...referencedBy(node)];
}

/** Ids of the referred nodes. */
export function referencedBy({ attributes }: Pick<TreeNode, 'attributes'>): readonly string[] {
  return Object.values(attributes).flatMap((values) =>
    values.filter((value) => typeof value === 'string' && value.length === 36),
  ) as string[];
}

/** Whether a decided saga has frozen the node, so that the node is removed a little later. */
export function isGoing({ ledger, chronicle }: ConsentRun, nodeId: string): boolean {
  const holds = [...ledger.engagements.values()].filter((row) => row.nodeId === nodeId);
  return holds.some(
    ({ saga, state }) => state === 'decided' || chronicle.story(saga).decisions > 0,
  );
}
