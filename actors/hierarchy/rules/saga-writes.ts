/**
 * The writes of a saga in the consent ledger: engagements of the owner's and the voter's nodes,
 * promises, tombstones, links. `store-writes.ts` describes each write.
 *
 * 1. `freeze`, `promised` and `decide` lock the nodes before they compare, so they see an earlier
 *    create or subscription.
 * 2. A write that makes or releases a promise, notes a subscription or creates a dependant locks
 *    the link and raises its version. Of two concurrent writes, the later one finds a version other
 *    than the version of its read.
 */
import { Conflict } from '../../../runtime/ports/errors.ts';
import type { HierarchyWrites } from '../store.ts';
import { refuseUnstorable } from './attributes.ts';
import { lockExpected, lockExpectedLinks } from './expectations.ts';
import { conflictingHolds } from './holds.ts';
import { engagementStates, type HierarchyRows } from './rows.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];
type Expect<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['expect'];

export async function freeze(
  rows: HierarchyRows,
  args: Args<'freeze'>,
  expect: Expect<'freeze'>,
): Promise<void> {
  const { saga, service, mode, nodeIds, through, actor = saga, age, waited = false } = args;
  refuseUnstorable(through);
  const locked = await lockExpected(rows, nodeIds, expect);
  const gone = nodeIds.find((id) => !locked.has(id));
  if (gone !== undefined)
    throw new Conflict('expectation-failed', `node ${gone} has gone`, { at: gone });
  const [hold] = await conflictingHolds(rows, args, nodeIds);
  if (hold)
    throw new Conflict(
      'expectation-failed',
      `node ${hold.nodeId} is held by saga ${hold.saga} (${hold.mode})`,
      { at: hold.nodeId },
    );
  await rows.ledger.engage(
    nodeIds.map((nodeId) => ({
      nodeId,
      saga,
      service,
      mode,
      state: 'asking',
      through,
      actor,
      ...(age === undefined ? {} : { age }),
    })),
  );
  if (waited) await rows.ledger.dropWaiting(saga, service);
}

export async function unheld({ ledger }: HierarchyRows, row: Args<'unheld'>): Promise<void> {
  await ledger.noteUnheld(row);
}

export async function promised(
  rows: HierarchyRows,
  args: Args<'promised'>,
  expect: Expect<'promised'>,
): Promise<void> {
  await lockExpected(rows, args.nodeIds, expect);
  await rows.ledger.advance(args, ['asking'], 'promised');
}

export async function decide(
  rows: HierarchyRows,
  args: Args<'decide'>,
  expect: Expect<'decide'>,
): Promise<void> {
  await lockExpected(rows, args.nodeIds, expect);
  await rows.ledger.advance(args, ['asking', 'promised'], 'decided');
}

export async function disengage({ ledger }: HierarchyRows, args: Args<'disengage'>): Promise<void> {
  await ledger.disengage(args, engagementStates);
}

export async function release(
  rows: HierarchyRows,
  { saga, service }: Args<'release'>,
): Promise<void> {
  const linked = (await rows.ledger.promisesOf(service, saga)).map((promise) => promise.nodeId);
  await lockExpectedLinks(rows, service, linked, null);
  await Promise.all([
    ...droppingPromises(rows, { saga, service, nodeIds: linked }),
    rows.ledger.disengage({ saga, service }, ['asking', 'promised']),
  ]);
}

export async function promise(
  rows: HierarchyRows,
  args: Args<'promise'>,
  expect: Expect<'promise'>,
): Promise<void> {
  const { saga, service, mode, nodeIds, state } = args;
  await lockExpectedLinks(rows, service, nodeIds, expect);
  await Promise.all([
    rows.ledger.promise(
      [...new Set(nodeIds)].map((nodeId) => ({ saga, nodeId, service, mode, state })),
    ),
    rows.ledger.raiseLinks(service, nodeIds),
  ]);
}

export async function fulfil(
  rows: HierarchyRows,
  { gone, atMs, ...args }: Args<'fulfil'>,
): Promise<void> {
  const tombstones = gone
    ? args.nodeIds.map((nodeId) => ({ nodeId, service: args.service, saga: args.saga, atMs }))
    : [];
  await lockExpectedLinks(rows, args.service, args.nodeIds, null);
  await Promise.all([...droppingPromises(rows, args), rows.ledger.addTombstones(tombstones)]);
}

/** The links are locked. */
function droppingPromises(
  { ledger }: HierarchyRows,
  { saga, service, nodeIds }: Args<'disengage'>,
): readonly Promise<void>[] {
  return [ledger.dropPromises(saga, service, nodeIds), ledger.raiseLinks(service, nodeIds)];
}

export async function link(
  rows: HierarchyRows,
  { service, nodeId, generation }: Args<'link'>,
  expect: Expect<'link'>,
): Promise<void> {
  await lockExpectedLinks(rows, service, [nodeId], expect);
  await rows.ledger.raiseGeneration(service, nodeId, generation);
}

export async function unlink(
  rows: HierarchyRows,
  { service, nodeId, generation }: Args<'unlink'>,
  expect: Expect<'unlink'>,
): Promise<void> {
  await lockExpectedLinks(rows, service, [nodeId], expect);
  await rows.ledger.giveUp(service, nodeId, generation);
}
