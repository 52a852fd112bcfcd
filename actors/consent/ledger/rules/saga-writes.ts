/**
 * The writes of a saga in the ledger: engagements of the owner's and the voter's nodes, promises,
 * tombstones, links. `store-writes.ts` describes each write.
 *
 * 1. `freeze`, `promised` and `decide` lock the lists before they compare, so they see an earlier
 *    subscription, and an earlier dependant that was placed below a node.
 * 2. A write that makes or releases a promise, notes a subscription or adds a dependant locks the
 *    link and raises its version. Of two concurrent writes, the later one finds a version other
 *    than the version of its read.
 */
import { Conflict } from '../../../../runtime/ports/errors.ts';
import { isStorable, refuseUnstorable } from '../../storable.ts';
import type { LedgerWrites } from '../store.ts';
import {
  expectFree,
  expectNotRemoved,
  expectUnheld,
  lockAllExpectedLists,
  lockExpectedLinks,
  lockExpectedLists,
} from './expectations.ts';
import { conflictingHolds } from './holds.ts';
import { engagementStates, type LedgerRows } from './rows.ts';

type Args<Op extends keyof LedgerWrites> = LedgerWrites[Op]['args'];
type Expect<Op extends keyof LedgerWrites> = LedgerWrites[Op]['expect'];

export async function freeze(
  ledger: LedgerRows,
  args: Args<'freeze'>,
  expect: Expect<'freeze'>,
): Promise<void> {
  const { saga, service, mode, nodeIds, above, through, waited = false } = args;
  const { actor = saga, age, hops, promised: isPromised = false } = args;
  refuseUnstorable(through);
  await lockAllExpectedLists(ledger, nodeIds, expect);
  const [[hold]] = await Promise.all([
    conflictingHolds(ledger, args, nodeIds, above),
    expectNotRemoved(ledger, nodeIds),
  ]);
  if (hold)
    throw new Conflict(
      'expectation-failed',
      `node ${hold.nodeId} is held by saga ${hold.saga} (${hold.mode})`,
      { at: hold.nodeId },
    );
  const state = isPromised ? 'promised' : 'asking';
  const aged = age === undefined ? {} : { age };
  const passed = hops === undefined ? {} : { hops };
  await ledger.engage([...new Set(nodeIds)], {
    saga,
    service,
    mode,
    state,
    through,
    actor,
    ...aged,
    ...passed,
  });
  if (waited) await ledger.dropWaiting(saga, service);
}

export async function unheld(ledger: LedgerRows, row: Args<'unheld'>): Promise<void> {
  await ledger.noteUnheld(row);
}

export async function promised(
  ledger: LedgerRows,
  args: Args<'promised'>,
  expect: Expect<'promised'>,
): Promise<void> {
  await lockExpectedLists(ledger, args.nodeIds, expect);
  await ledger.advance(args, ['asking'], 'promised');
}

export async function decide(
  ledger: LedgerRows,
  args: Args<'decide'>,
  expect: Expect<'decide'>,
): Promise<void> {
  await lockExpectedLists(ledger, args.nodeIds, expect);
  await ledger.advance(args, ['asking', 'promised'], 'decided');
}

export async function removed(
  ledger: LedgerRows,
  { saga, service, nodeIds, atMs }: Args<'removed'>,
  expect: Expect<'removed'>,
): Promise<void> {
  await lockExpectedLists(ledger, nodeIds, expect);
  await Promise.all([
    ledger.addTombstones([...new Set(nodeIds)], { service, saga, atMs, removed: true }),
    ledger.lists.drop(nodeIds),
    ledger.disengage({ saga, service, nodeIds }, engagementStates),
  ]);
}

export async function disengage(ledger: LedgerRows, args: Args<'disengage'>): Promise<void> {
  await ledger.disengage(args, engagementStates);
}

export async function release(
  ledger: LedgerRows,
  { saga, service }: Args<'release'>,
): Promise<void> {
  const linked = (await ledger.promisesOf(service, saga)).map((promise) => promise.nodeId);
  await lockExpectedLinks(ledger, service, linked, null);
  await Promise.all([
    ...droppingPromises(ledger, { saga, service, nodeIds: linked }),
    ledger.disengage({ saga, service }, ['asking', 'promised']),
  ]);
}

export async function promise(
  ledger: LedgerRows,
  args: Args<'promise'>,
  expect: Expect<'promise'>,
): Promise<void> {
  const { saga, service, mode, nodeIds, state } = args;
  await lockExpectedLinks(ledger, service, nodeIds, expect);
  await Promise.all([
    ledger.promise([...new Set(nodeIds)], { saga, service, mode, state }),
    ledger.links.raise(service, nodeIds),
  ]);
}

export async function fulfil(
  ledger: LedgerRows,
  { gone, atMs, ...args }: Args<'fulfil'>,
): Promise<void> {
  const { saga, service } = args;
  const tombstone = { service, saga, atMs, removed: false };
  await lockExpectedLinks(ledger, service, args.nodeIds, null);
  await Promise.all([
    ...droppingPromises(ledger, args),
    ledger.addTombstones(gone ? [...new Set(args.nodeIds)] : [], tombstone),
  ]);
}

export async function retain(
  ledger: LedgerRows,
  { nodeIds, state, ...of }: Args<'retain'>,
): Promise<void> {
  const { saga, service, voter, until } = of;
  // A time is a text of a peer. A refusal would keep the saga from its end.
  if (!isStorable(voter) || !isStorable(until)) return;
  const ids = [...new Set(nodeIds)];
  const kept = { saga, service, voter, until };
  if (state === 'told') await ledger.retentions.drop(ids, kept);
  else await ledger.retentions.add(ids, { ...kept, ended: state === 'ended' });
}

/** The links are locked. */
function droppingPromises(
  ledger: LedgerRows,
  { saga, service, nodeIds }: Args<'disengage'>,
): readonly Promise<void>[] {
  return [ledger.dropPromises(saga, service, nodeIds), ledger.links.raise(service, nodeIds)];
}

export async function depend(
  ledger: LedgerRows,
  { service, on, below }: Args<'depend'>,
  expect: Expect<'depend'>,
): Promise<void> {
  if (below !== undefined) await lockAllExpectedLists(ledger, [below.nodeId], null);
  await lockExpectedLinks(ledger, service, on, expect);
  await Promise.all([
    expectFree(ledger, service, Object.keys(expect?.subscribed ?? {})),
    below && expectNotRemoved(ledger, [below.nodeId]),
    below && expectUnheld(ledger, [below.nodeId, ...below.above], below.despite),
  ]);
  await ledger.links.raise(service, on);
}

export async function link(
  ledger: LedgerRows,
  { service, ...link }: Args<'link'>,
  expect: Expect<'link'>,
): Promise<void> {
  await lockExpectedLinks(ledger, service, [link.nodeId], expect);
  await ledger.links.raiseGenerations(service, [link]);
}

export async function unlink(
  ledger: LedgerRows,
  { service, nodeId, generation, atMs }: Args<'unlink'>,
  expect: Expect<'unlink'>,
): Promise<void> {
  await lockExpectedLinks(ledger, service, [nodeId], expect);
  await ledger.links.giveUp(service, nodeId, generation, atMs);
}
