/**
 * The comparison of a write's expectations with the rows of the ledger, under lock.
 *
 * 1. Rows are locked before the comparison, and compared before any other read. So the rest of the
 *    write sees every commit of the former holder of the lock.
 */
import { Conflict } from '../../../../runtime/ports/errors.ts';
import { refuseUnstorable } from '../../storable.ts';
import type { EpochExpectation, Hold, LinkExpectation, SubscribedExpectation } from '../store.ts';
import { holdsOn } from './holds.ts';
import { isGoneFor } from './links.ts';
import type { LedgerRows, LinkRow, ListRow } from './rows.ts';

/** @throws Conflict with the reason, about the node. */
function fail(nodeId: string, why: string): never {
  throw new Conflict('expectation-failed', why, { at: nodeId });
}

/** @throws Conflict that names the node and the saga that holds the node. */
export function failHeld({ nodeId, saga, mode }: Hold): never {
  fail(nodeId, `node ${nodeId} is held by saga ${saga} (${mode})`);
}

function idsWith(ids: readonly string[], expect: EpochExpectation | null): readonly string[] {
  return [...new Set([...ids, ...Object.keys(expect?.epochs ?? {})])];
}

function compareEpochs(rows: readonly ListRow[], expect: EpochExpectation | null): void {
  const epochs = new Map(rows.map(({ nodeId, epoch }) => [nodeId, epoch]));
  for (const [id, epoch] of Object.entries(expect?.epochs ?? {})) {
    const found = epochs.get(id) ?? 0;
    if (found !== epoch) fail(id, `list of ${id}: epoch ${epoch} expected, ${found} found`);
  }
}

/**
 * Locks the present lists of these nodes and of the nodes with an expected epoch.
 * @throws Conflict when an expected epoch differs, or the node was removed.
 */
export async function lockExpectedLists(
  ledger: LedgerRows,
  ids: readonly string[],
  expect: EpochExpectation | null,
): Promise<void> {
  const rows = await ledger.lists.lock(idsWith(ids, expect));
  compareEpochs(rows, expect);
  const there = new Set(rows.map(({ nodeId }) => nodeId));
  const absent = Object.keys(expect?.epochs ?? {}).filter((id) => !there.has(id));
  if (absent.length > 0) await expectNotRemoved(ledger, absent);
}

/**
 * Locks the lists of these nodes, and creates missing lists. The caller calls `expectNotRemoved`
 * for the nodes, so that no list of a removed node is left.
 * @throws Conflict when an expected epoch differs.
 */
export async function lockAllExpectedLists(
  ledger: LedgerRows,
  ids: readonly string[],
  expect: EpochExpectation | null,
): Promise<void> {
  const wanted = idsWith(ids, expect);
  refuseUnstorable(wanted);
  compareEpochs(await ledger.lists.lockAll(wanted), expect);
}

/** @throws Conflict when an owner has removed one of the nodes. */
export async function expectNotRemoved(ledger: LedgerRows, ids: readonly string[]): Promise<void> {
  const removed = (await ledger.tombstones(ids)).find((tombstone) => tombstone.removed);
  if (removed !== undefined) fail(removed.nodeId, `node ${removed.nodeId} has gone`);
}

/**
 * Locks the links, and creates missing links.
 * @throws Conflict for an unexpected version, or for an expected subscription that has ended;
 * Refused bad-message for an id that cannot be stored.
 */
export async function lockExpectedLinks(
  ledger: LedgerRows,
  service: string,
  ids: readonly string[],
  expect: Partial<LinkExpectation & SubscribedExpectation> | null,
): Promise<void> {
  const versions = Object.entries(expect?.links ?? {});
  const subscribed = expect?.subscribed ?? {};
  const wanted = [...new Set([...ids, ...versions.map(([id]) => id), ...Object.keys(subscribed)])];
  refuseUnstorable(wanted);
  const locked = await ledger.links.lock(service, wanted);
  const byId = new Map(locked.map((link) => [link.nodeId, link]));
  for (const [id, version] of versions) {
    const found = byId.get(id)?.version ?? 0;
    if (found !== version)
      fail(id, `link ${service} to ${id}: version ${version} expected, ${found} found`);
  }
  expectKept(service, subscribed, byId);
}

/** @throws Conflict when one of the subscriptions has ended. */
function expectKept(
  service: string,
  subscribed: SubscribedExpectation['subscribed'],
  links: ReadonlyMap<string, LinkRow>,
): void {
  for (const [id, generation] of Object.entries(subscribed)) {
    if ((links.get(id)?.givenUp ?? 0) >= generation)
      fail(
        id,
        `link ${service} to ${id}: the subscription of generation ${generation} was given back`,
      );
  }
}

/**
 * The links are locked.
 * @throws Conflict when the service has promised one of the nodes, or the node is gone.
 */
export async function expectFree(
  ledger: LedgerRows,
  service: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const failLink = (id: string, why: string): never => fail(id, `link ${service} to ${id}: ${why}`);
  const [promises, tombstones] = await Promise.all([
    ledger.promises(service, ids),
    ledger.tombstones(ids),
  ]);
  for (const { nodeId, saga } of promises) failLink(nodeId, `promised to saga ${saga}`);
  const gone = tombstones.find((tombstone) => isGoneFor(service, tombstone));
  if (gone !== undefined) failLink(gone.nodeId, 'the node is deleted');
}

/** @throws Conflict when a saga outside `despite` holds a node. */
export async function expectUnheld(
  ledger: LedgerRows,
  nodeIds: readonly string[],
  despite: readonly string[] = [],
): Promise<void> {
  const hold = (await holdsOn(ledger, nodeIds)).find(({ saga }) => !despite.includes(saga));
  if (hold) fail(hold.nodeId, `node ${hold.nodeId} is held by saga ${hold.saga} (${hold.mode})`);
}

/** As `expectUnheld` for each node and the nodes above it; without `despite` holds do not matter. */
export async function expectEachUnheld(
  ledger: LedgerRows,
  wanted: readonly {
    readonly nodeId: string;
    readonly above: readonly string[];
    readonly despite?: readonly string[];
  }[],
): Promise<void> {
  const ids = new Set(
    wanted.flatMap(({ nodeId, above, despite }) => (despite ? [nodeId, ...above] : [])),
  );
  if (ids.size === 0) return;
  const holds = new Map<string, Hold[]>();
  for (const hold of await holdsOn(ledger, [...ids]))
    holds.set(hold.nodeId, [...(holds.get(hold.nodeId) ?? []), hold]);
  for (const { nodeId, above, despite } of wanted) {
    const standing = [nodeId, ...above].flatMap((id) => holds.get(id) ?? []);
    const hold = standing.find(({ saga }) => despite?.includes(saga) === false);
    if (hold) failHeld(hold);
  }
}
