/**
 * The lists of subscribers: subscribe, unsubscribe, retire. `store-writes.ts` describes each write.
 *
 * 1. A node has at most one subscription for each subscriber. Only a later generation replaces the
 *    present subscription.
 * 2. Every change of a list raises the epoch of the list, under the lock of its row.
 * 3. No subscriber leaves the list of a held node: the saga that holds the node has asked the
 *    subscriber. Only an operator takes the subscriber off the list, by `retire`.
 */

import { identityOf } from '../../../../runtime/ports/identity.ts';
import { refuseUnstorable } from '../../storable.ts';
import type { EpochExpectation, LedgerWrites, Subscription } from '../store.ts';
import {
  expectEachUnheld,
  expectNotRemoved,
  failHeld,
  lockAllExpectedLists,
} from './expectations.ts';
import { holdsOn } from './holds.ts';
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
  const rows = await ledger.lists.changed(nodeIds);
  return Object.fromEntries(rows.map(({ nodeId, epoch }) => [nodeId, epoch]));
}

export function subscribe(
  ledger: LedgerRows,
  wanted: Args<'subscribe'>,
  expect: LedgerWrites['subscribe']['expect'],
): Promise<void> {
  return subscribeEach(ledger, [wanted], expect);
}

export function subscribeAll(
  ledger: LedgerRows,
  { subscriptions }: Args<'subscribeAll'>,
): Promise<void> {
  return subscribeEach(ledger, subscriptions, null);
}

/** All subscriptions at once: the number of statements does not depend on the number of nodes. */
async function subscribeEach(
  ledger: LedgerRows,
  wanted: readonly Args<'subscribe'>[],
  expect: EpochExpectation | null,
): Promise<void> {
  const nodeIds = [...new Set(wanted.map(({ nodeId }) => nodeId))];
  for (const { subscriber, routingKey = '' } of wanted) refuseUnstorable([subscriber, routingKey]);
  await lockAllExpectedLists(ledger, nodeIds, expect);
  const [, , existing] = await Promise.all([
    expectNotRemoved(ledger, nodeIds),
    expectEachUnheld(ledger, wanted),
    existingOf(ledger, nodeIds),
  ]);
  const taken = wanted.filter((one) => !isLater(existing.get(idOf(one)), one));
  await Promise.all([
    ledger.lists.put(
      taken.map(({ service: owner, subscriber, despite: _, above: _above, ...one }) => ({
        ...one,
        service: subscriber,
        owner,
      })),
    ),
    ledger.lists.raise([...new Set(taken.map(({ nodeId }) => nodeId))]),
  ]);
}

export function unsubscribe(ledger: LedgerRows, wanted: Args<'unsubscribe'>): Promise<void> {
  return unsubscribeAll(ledger, { subscriptions: [wanted] });
}

export async function unsubscribeAll(
  ledger: LedgerRows,
  { subscriptions: wanted }: Args<'unsubscribeAll'>,
): Promise<void> {
  const nodeIds = [...new Set(wanted.map(({ nodeId }) => nodeId))];
  await ledger.lists.lock(nodeIds);
  const [existing, holds] = await Promise.all([
    existingOf(ledger, nodeIds),
    holdsOn(ledger, nodeIds),
  ]);
  const left = new Map<string, string[]>();
  for (const one of wanted) {
    const present = existing.get(idOf(one));
    if (present === undefined || isLater(present, one)) continue;
    const ids = left.get(one.subscriber) ?? [];
    ids.push(one.nodeId);
    left.set(one.subscriber, ids);
  }
  const changed = [...new Set([...left.values()].flat())];
  const hold = holds.find(({ nodeId }) => changed.includes(nodeId));
  if (hold) failHeld(hold);
  await Promise.all([
    ...[...left].map(([name, ids]) => ledger.lists.dropSubscriptions(ids, name)),
    ledger.lists.raise(changed),
  ]);
}

type Wanted = Pick<Args<'unsubscribe'>, 'nodeId' | 'subscriber' | 'generation'>;

function idOf({ nodeId, subscriber }: Pick<Wanted, 'nodeId' | 'subscriber'>): string {
  return identityOf(nodeId, subscriber);
}

/** The present subscriptions of the nodes, by `idOf`. */
async function existingOf(
  ledger: LedgerRows,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, Subscription>> {
  const found = await ledger.lists.subscriptions(nodeIds);
  return new Map(found.map((one) => [idOf({ nodeId: one.nodeId, subscriber: one.service }), one]));
}

function isLater(present: Subscription | undefined, { generation }: Wanted): boolean {
  return present !== undefined && present.generation > generation;
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
