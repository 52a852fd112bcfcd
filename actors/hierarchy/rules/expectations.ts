/**
 * The comparison of a write's expectations with the rows, under lock.
 *
 * 1. Rows are locked before the comparison, and compared before any other read. So the rest of the
 *    write sees every commit of the former holder of the lock.
 */
import { Conflict } from '../../../runtime/ports/errors.ts';
import type { EpochExpectation, LinkExpectation, SubscribedExpectation } from '../store.ts';
import { refuseUnstorable } from './attributes.ts';
import { holdsOnAndAbove } from './holds.ts';
import type { HierarchyRows, LinkRow } from './rows.ts';
import type { TreeNode } from './tree-node.ts';

/**
 * Locks these nodes and the nodes with an expected epoch; returns the present nodes by id.
 * @throws Conflict when a node with an expected epoch was removed or has another epoch.
 */
export async function lockExpected(
  { tree }: HierarchyRows,
  ids: readonly string[],
  expect: EpochExpectation | null,
): Promise<ReadonlyMap<string, TreeNode>> {
  const epochs = Object.entries(expect?.epochs ?? {});
  const locked = await tree.lockNodes([...new Set([...ids, ...epochs.map(([id]) => id)])]);
  const byId = new Map(locked.map((node) => [node.id, node]));
  for (const [id, epoch] of epochs) {
    const found = byId.get(id)?.epoch;
    if (found !== epoch)
      throw new Conflict(
        'expectation-failed',
        `node ${id}: epoch ${epoch} expected, ${found ?? 'no node'} found`,
        { at: id },
      );
  }
  return byId;
}

/**
 * Locks the links, and creates the missing ones.
 * @throws Conflict for an unexpected version, or for an expected subscription that does not hold; Refused bad-message for an id that cannot be stored.
 */
export async function lockExpectedLinks(
  rows: HierarchyRows,
  service: string,
  ids: readonly string[],
  expect: Partial<LinkExpectation & SubscribedExpectation> | null,
): Promise<ReadonlyMap<string, LinkRow>> {
  const { ledger } = rows;
  const versions = Object.entries(expect?.links ?? {});
  const subscribed = expect?.subscribed ?? {};
  const wanted = [...new Set([...ids, ...versions.map(([id]) => id), ...Object.keys(subscribed)])];
  refuseUnstorable(wanted);
  const locked = await ledger.lockLinks(service, wanted);
  const byId = new Map(locked.map((link) => [link.nodeId, link]));
  for (const [id, version] of versions) {
    const found = byId.get(id)?.version ?? 0;
    if (found !== version)
      throw new Conflict(
        'expectation-failed',
        `link ${service} to ${id}: version ${version} expected, ${found} found`,
        { at: id },
      );
  }
  await expectSubscribed(rows, service, subscribed, byId);
  return byId;
}

async function expectSubscribed(
  { ledger, tree }: HierarchyRows,
  service: string,
  subscribed: SubscribedExpectation['subscribed'],
  links: ReadonlyMap<string, LinkRow>,
): Promise<void> {
  const ids = Object.keys(subscribed);
  if (ids.length === 0) return;
  const fail = (id: string, why: string): never => {
    throw new Conflict('expectation-failed', `link ${service} to ${id}: ${why}`, { at: id });
  };
  for (const [id, generation] of Object.entries(subscribed)) {
    if ((links.get(id)?.givenUp ?? 0) >= generation)
      fail(id, `the subscription of generation ${generation} was given back`);
  }
  const [promises, nodes, tombstones] = await Promise.all([
    ledger.promises(service, ids),
    tree.nodes(ids),
    ledger.tombstones(ids),
  ]);
  for (const { nodeId, saga } of promises) fail(nodeId, `promised to saga ${saga}`);
  const living = new Set(nodes.map((node) => node.id));
  for (const { nodeId, service: owner } of tombstones) {
    if (owner === service || !living.has(nodeId)) fail(nodeId, 'the node is deleted');
  }
}

/** @throws Conflict when a saga that is not in `despite` holds the node or an ancestor. */
export async function expectUnheld(
  rows: HierarchyRows,
  nodeId: string,
  despite: readonly string[] = [],
): Promise<void> {
  const hold = (await holdsOnAndAbove(rows, [nodeId])).find(({ saga }) => !despite.includes(saga));
  if (hold)
    throw new Conflict(
      'expectation-failed',
      `node ${hold.nodeId} is held by saga ${hold.saga} (${hold.mode})`,
      { at: hold.nodeId },
    );
}
