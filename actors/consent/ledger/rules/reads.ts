/**
 * The reads of the ledger over the port `rows.ts`. `store-reads.ts` describes each result.
 *
 * 1. One read sees one snapshot, so the epochs and versions of a result belong to the other members
 *    of the result.
 */
import { Broken } from '../../../../runtime/ports/errors.ts';
import { identityOf } from '../../../../runtime/ports/identity.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { LedgerReads } from '../store.ts';
import { conflictingHolds, holdsOn } from './holds.ts';
import { linkStates, linksAndDone } from './links.ts';
import { epochsOf, subscriptionsOf } from './lists.ts';
import type { LedgerRows } from './rows.ts';
import { sagas, subscriber } from './saga-parts.ts';

type Result<Op extends keyof LedgerReads> = LedgerReads[Op]['result'];
type Args<Op extends keyof LedgerReads> = LedgerReads[Op]['args'];
type ReadOf<Op extends keyof LedgerReads> = (
  ledger: LedgerRows,
  args: Args<Op>,
) => Promise<Result<Op>>;

const reads: { readonly [Op in keyof LedgerReads]: ReadOf<Op> } = {
  owned,
  roster,
  asked,
  place,
  links,
  decided,
  staying,
  engagementStates,
  subscriptions,
  sagas,
  subscriber,
  node,
};

/**
 * Whether the read makes all its look-ups at once, because no look-up needs the result of another
 * one.
 */
export function isSingleLook(op: string): boolean {
  return op !== 'sagas' && op !== 'subscriber';
}

/** Whether the read finds few rows, however many rows the ledger has. */
export function isSmallLook(op: string): boolean {
  return op === 'place';
}

/** @throws Broken for an unknown read. */
export async function performRead(ledger: LedgerRows, op: string, args: Json): Promise<Json> {
  if (!Object.hasOwn(reads, op)) throw new Broken('broken', `the ledger has no read "${op}"`);
  const read = reads[op as keyof LedgerReads] as (
    ledger: LedgerRows,
    args: unknown,
  ) => Promise<unknown>;
  return (await read(ledger, args)) as Json;
}

async function owned(ledger: LedgerRows, args: Args<'owned'>): Promise<Result<'owned'>> {
  const { service, nodeIds, above, absent, retryOf } = args;
  const [epochs, subscriptions, conflicts, tombstones, refused] = await Promise.all([
    epochsOf(ledger, nodeIds),
    subscriptionsOf(ledger, nodeIds),
    conflictingHolds(ledger, args, nodeIds, above),
    ledger.tombstones(absent),
    retryOf === undefined ? undefined : ledger.refused(service, retryOf),
  ]);
  const tombstoned = new Set(tombstones.map(({ nodeId }) => nodeId));
  const retried =
    refused === undefined ? null : { age: refused.age, requestedBy: refused.requestedBy };
  return {
    epochs,
    subscriptions,
    conflicts,
    gone: absent.filter((id) => tombstoned.has(id)),
    ...(retryOf === undefined ? {} : { retried }),
  };
}

async function node(ledger: LedgerRows, { nodeId }: Args<'node'>): Promise<Result<'node'>> {
  const [lists, subscriptions, engagements, promises, tombstones] = await Promise.all([
    ledger.lists.changed([nodeId]),
    ledger.lists.standing([nodeId]),
    ledger.holds([nodeId]),
    ledger.promises(null, [nodeId]),
    ledger.tombstones([nodeId]),
  ]);
  return {
    epoch: lists[0]?.epoch ?? 0,
    subscriptions: inOrder(subscriptions, ({ service }) => service),
    engagements: inOrder(engagements, ({ saga }) => saga),
    promises: inOrder(promises, ({ service, saga }) => identityOf(service, saga)),
    tombstones: [...tombstones].sort((a, b) => a.atMs - b.atMs),
  };
}

function inOrder<Row>(rows: readonly Row[], id: (row: Row) => string): readonly Row[] {
  return [...rows].sort((a, b) => (id(a) < id(b) ? -1 : 1));
}

async function roster(ledger: LedgerRows, { nodeIds }: Args<'roster'>): Promise<Result<'roster'>> {
  const [epochs, subscriptions, tombstones] = await Promise.all([
    epochsOf(ledger, nodeIds),
    subscriptionsOf(ledger, nodeIds),
    ledger.tombstones(nodeIds),
  ]);
  const removed = tombstones.flatMap((one) => (one.removed ? one.nodeId : []));
  return { epochs, subscriptions, removed: [...new Set(removed)].sort() };
}

async function asked(
  ledger: LedgerRows,
  { service, saga, ids }: Args<'asked'>,
): Promise<Result<'asked'>> {
  const [found, engaged] = await Promise.all([
    linksAndDone(ledger, service, ids),
    ledger.engagements({ saga, service }),
  ]);
  return { ...found, engaged: engaged.map(({ nodeId }) => nodeId) };
}

async function place(
  ledger: LedgerRows,
  { service, above, ids }: Args<'place'>,
): Promise<Result<'place'>> {
  const [holds, found] = await Promise.all([
    holdsOn(ledger, above),
    linkStates(ledger, service, ids),
  ]);
  return { holds, links: found };
}

async function links(
  ledger: LedgerRows,
  { service, nodeIds }: Args<'links'>,
): Promise<Result<'links'>> {
  const ids = [...new Set(nodeIds)].sort();
  const [rows, states] = await Promise.all([
    ledger.links.rows(service, ids),
    linkStates(ledger, service, ids),
  ]);
  const there = new Set(rows.map(({ nodeId }) => nodeId));
  return states.filter(({ nodeId }) => there.has(nodeId));
}

async function decided(
  ledger: LedgerRows,
  { saga, nodeIds }: Args<'decided'>,
): Promise<Result<'decided'>> {
  const engaged = await ledger.engagements({ saga, nodeIds });
  const ids = engaged.filter(({ state }) => state === 'decided').map(({ nodeId }) => nodeId);
  return [...new Set(ids)].sort();
}

async function staying(
  ledger: LedgerRows,
  { saga, nodeIds }: Args<'staying'>,
): Promise<Result<'staying'>> {
  return [...(await ledger.staying(saga, nodeIds))].sort();
}

async function engagementStates(
  ledger: LedgerRows,
  { saga, service, nodeIds, endFor }: Args<'engagementStates'>,
): Promise<Result<'engagementStates'>> {
  const [engaged, tombstones, retentions] = await Promise.all([
    ledger.engagements({ saga, service, nodeIds }),
    ledger.tombstones(nodeIds),
    endFor === undefined ? [] : ledger.retentions.rows(saga, service, nodeIds),
  ]);
  const tombstonedNodes = tombstones.filter(
    (tombstone) => tombstone.saga === saga && tombstone.service === service,
  );
  if (endFor !== undefined) {
    const gone = new Set(tombstonedNodes.map(({ nodeId }) => nodeId));
    const told = retentions.filter(({ voter, ended }) => ended && voter === endFor);
    const ids = new Set(told.map(({ nodeId }) => nodeId));
    return [...ids].filter((id) => gone.has(id)).map((nodeId) => ({ nodeId, state: 'ended' }));
  }
  const states = new Map<string, Result<'engagementStates'>[number]['state']>([
    ...tombstonedNodes.map(({ nodeId }) => [nodeId, 'tombstoned'] as const),
    ...engaged.map(({ nodeId, state }) => [nodeId, state] as const),
  ]);
  const hops = new Map(engaged.map((hold) => [hold.nodeId, hold.hops]));
  return [...new Set(nodeIds)].flatMap((nodeId) => {
    const state = states.get(nodeId);
    if (state === undefined) return [];
    const passed = hops.get(nodeId);
    return [{ nodeId, state, ...(passed === undefined ? {} : { hops: passed }) }];
  });
}

async function subscriptions(
  ledger: LedgerRows,
  { nodeIds, subscriber: name, above }: Args<'subscriptions'>,
): Promise<Result<'subscriptions'>> {
  const ids = [...new Set(nodeIds)];
  const [epochs, listed, tombstones, holds] = await Promise.all([
    epochsOf(ledger, ids),
    ledger.lists.subscriptions(ids),
    ledger.tombstones(ids),
    holdsOn(ledger, [...ids, ...above]),
  ]);
  const tombstoned = new Set(tombstones.map(({ nodeId }) => nodeId));
  const counts = new Map<string, number>();
  for (const { nodeId } of listed) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  const own = new Map(
    listed.filter(({ service }) => service === name).map((one) => [one.nodeId, one]),
  );
  const lists = ids.map((nodeId) => ({
    nodeId,
    epoch: epochs[nodeId] ?? 0,
    tombstoned: tombstoned.has(nodeId),
    existing: own.get(nodeId) ?? null,
    subscribers: counts.get(nodeId) ?? 0,
  }));
  return { holds, lists };
}
