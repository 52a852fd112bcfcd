/**
 * The lists of subscribers: subscribe, unsubscribe, retire. `store-writes.ts` describes each write.
 *
 * 1. A node has at most one subscription for each subscriber. Only a later generation replaces the
 *    present subscription.
 * 2. Every change of a list raises the epoch of the list, under the lock of its row.
 */

import { refuseUnstorable } from '../../storable.ts';
import type { LedgerWrites, Subscription } from '../store.ts';
import { expectNotRemoved, expectUnheld, lockAllExpectedLists } from './expectations.ts';
import type { LedgerRows } from './rows.ts';

type Args<Op extends keyof LedgerWrites> = LedgerWrites[Op]['args'];

/** The subscriptions of these nodes, in the order of node ids, then of subscribers. */
export async function subscriptionsOf(
  ledger: LedgerRows,
  nodeIds: readonly string[],
): Promise<readonly Subscription[]> {
  const key = (one: Subscription) => `${one.nodeId} ${one.service}`;
  return [...(await ledger.lists.subscriptions(nodeIds))].sort((a, b) =>
    key(a) < key(b) ? -1 : 1,
  );
}

/** The epochs by node, without the lists of epoch 0. */
export async function epochsOf(
  ledger: LedgerRows,
  nodeIds: readonly string[],
): Promise<{ readonly [nodeId: string]: number }> {
  const rows = (await ledger.lists.rows(nodeIds)).filter(({ epoch }) => epoch > 0);
  return Object.fromEntries(rows.map(({ nodeId, epoch }) => [nodeId, epoch]));
}

async function existingOf(
  ledger: LedgerRows,
  nodeId: string,
  subscriber: string,
): Promise<Subscription | undefined> {
  return (await ledger.lists.subscriptions([nodeId])).find(({ service }) => service === subscriber);
}

export async function subscribe(
  ledger: LedgerRows,
  { service: owner, subscriber, despite, above, ...wanted }: Args<'subscribe'>,
  expect: LedgerWrites['subscribe']['expect'],
): Promise<void> {
  const { nodeId, generation } = wanted;
  refuseUnstorable([subscriber, wanted.routingKey ?? '']);
  await lockAllExpectedLists(ledger, [nodeId], expect);
  const [, , existing] = await Promise.all([
    expectNotRemoved(ledger, [nodeId]),
    despite === undefined ? undefined : expectUnheld(ledger, [nodeId, ...above], despite),
    existingOf(ledger, nodeId, subscriber),
  ]);
  if (existing !== undefined && existing.generation > generation) return;
  await Promise.all([
    ledger.lists.put([{ ...wanted, service: subscriber, owner }]),
    ledger.lists.raise([nodeId]),
  ]);
}

export async function unsubscribe(
  ledger: LedgerRows,
  { nodeId, subscriber, generation }: Args<'unsubscribe'>,
): Promise<void> {
  await ledger.lists.lock([nodeId]);
  const existing = await existingOf(ledger, nodeId, subscriber);
  if (existing === undefined || existing.generation > generation) return;
  await Promise.all([
    ledger.lists.dropSubscriptions([nodeId], subscriber),
    ledger.lists.raise([nodeId]),
  ]);
}

/** All subscriptions at once: the number of statements does not depend on the number of nodes. */
export async function retire(
  ledger: LedgerRows,
  { subscriber, nodeIds }: Args<'retire'>,
): Promise<void> {
  await ledger.lists.lock(nodeIds);
  const found = (await ledger.lists.subscriptions(nodeIds)).filter(
    ({ service }) => service === subscriber,
  );
  const listed = found.map(({ nodeId }) => nodeId);
  await Promise.all([
    ledger.lists.dropSubscriptions(listed, subscriber),
    ledger.lists.raise(listed),
  ]);
}
