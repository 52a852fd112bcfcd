/**
 * The write `adopt`: a service takes the place of another service, in the commit that takes over
 * the nodes. `store-writes.ts` describes the write.
 *
 * 1. The lists and the links are locked before the comparison, so a saga that reads the lists later
 *    finds the new subscriber, and a decision that has read them earlier finds another epoch.
 */
import { Conflict } from '../../../../runtime/ports/errors.ts';
import type { Hold, LedgerWrites, PromiseState } from '../store.ts';
import {
  expectNotRemoved,
  failHeld,
  lockAllExpectedLists,
  lockExpectedLinks,
} from './expectations.ts';
import type { LedgerRows } from './rows.ts';

type Args = LedgerWrites['adopt']['args'];

export async function adopt(
  ledger: LedgerRows,
  args: Args,
  expect: LedgerWrites['adopt']['expect'],
): Promise<void> {
  const { service, from, nodeIds, on, leaves, needed } = args;
  const upstream = on.map(({ nodeId }) => nodeId);
  const above = [...upstream, ...leaves];
  await lockAllExpectedLists(ledger, [...above, ...nodeIds], null);
  await lockExpectedLinks(ledger, service, upstream, expect);
  const [holds, holdsAbove, own, others] = await Promise.all([
    ledger.holds(nodeIds),
    ledger.holds([...new Set([...needed, ...leaves])]),
    ledger.promises(service, nodeIds),
    ledger.promises(from, above),
    expectNotRemoved(ledger, [...above, ...nodeIds]),
  ]);
  expectUndecided(holds, own);
  expectUnagreed(holdsAbove, args);
  if (service !== from) await endPart(ledger, args, holds, others);
  await Promise.all([
    ledger.lists.put(
      on.map(({ nodeId, owner, generation }) => ({
        nodeId,
        service,
        owner,
        generation,
        consent: true,
      })),
    ),
    ledger.lists.raise(above),
    ledger.lists.hand(nodeIds, service),
    ledger.links.raiseGenerations(service, on),
  ]);
}

function expectUndecided(holds: readonly Hold[], promises: readonly PromiseState[]): void {
  const decided = holds.find(({ state }) => state === 'decided');
  const [held] = [...(decided === undefined ? [] : [decided]), ...promises];
  if (held === undefined) return;
  const why = `node ${held.nodeId} belongs to the saga ${held.saga}`;
  throw new Conflict('expectation-failed', why, { at: held.nodeId });
}

/** @throws Conflict when a saga that has every `ok` deletes a node that must not go. */
function expectUnagreed(holds: readonly Hold[], { service, needed }: Args): void {
  const isNeeded = new Set(needed);
  const agreed = holds.find(
    (hold) =>
      hold.mode === 'D' &&
      hold.state !== 'asking' &&
      (isNeeded.has(hold.nodeId) || hold.service === service),
  );
  if (agreed !== undefined) failHeld(agreed);
}

/**
 * The former service has no part in the nodes any more; the new service does not subscribe to its
 * own nodes.
 */
async function endPart(
  ledger: LedgerRows,
  { service, from, nodeIds, on, leaves }: Args,
  holds: readonly Hold[],
  promises: readonly PromiseState[],
): Promise<void> {
  const above = [...on.map(({ nodeId }) => nodeId), ...leaves];
  const sagasOf = (rows: readonly { readonly saga: string }[]) => [
    ...new Set(rows.map(({ saga }) => saga)),
  ];
  await Promise.all([
    ledger.lists.dropSubscriptions(above, from),
    ledger.lists.dropSubscriptions(nodeIds, service),
    ...sagasOf(holds).map((saga) =>
      ledger.disengage({ saga, service: from, nodeIds }, ['asking', 'promised']),
    ),
    ...sagasOf(promises).map((saga) => ledger.dropPromises(saga, from, above)),
  ]);
  await ledger.links.drop([
    ...above.map((nodeId) => ({ nodeId, service: from })),
    ...nodeIds.map((nodeId) => ({ nodeId, service })),
  ]);
}
