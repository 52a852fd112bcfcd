/**
 * The reads of the hierarchy store over the port `rows.ts`. `store-reads.ts` describes each result.
 *
 * 1. One read sees one snapshot, so the epochs and versions of a result belong to the other members
 *    of the result.
 * 2. Only nodes of services (`entity`) are engaged; base, system and alias nodes belong to the
 *    tree.
 */
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { HierarchyReads } from '../store.ts';
import { dependants } from './dependants.ts';
import { footprint } from './footprint.ts';
import { conflictingHolds, holdsOnAndAbove } from './holds.ts';
import { linkStates, orphanedLinks } from './links.ts';
import { parentsFirst } from './parents-first.ts';
import type { HierarchyRows } from './rows.ts';
import { sagas, subscriber } from './saga-parts.ts';
import { search } from './search.ts';
import { subscriptionsOf } from './subscriptions.ts';
import {
  isOwnNode,
  nodeStateOf,
  rootCn,
  subscribersIdOf,
  subscriptionOf,
  type TreeNode,
  takesChildren,
} from './tree-node.ts';

type ReadOf<Op extends keyof HierarchyReads> = (
  rows: HierarchyRows,
  args: HierarchyReads[Op]['args'],
) => Promise<HierarchyReads[Op]['result']>;

const reads: { readonly [Op in keyof HierarchyReads]: ReadOf<Op> } = {
  search,
  place,
  engagement,
  dependants,
  roster,
  footprint,
  standing,
  subscription,
  orphanedLinks,
  sagas,
  subscriber,
};

/**
 * Whether the read makes all its look-ups in one moment, because none depends on the result of
 * another.
 */
export function isSingleLook(op: string, args: Json): boolean {
  if (op === 'place') return (args as Args<'place'>).parentId !== undefined;
  return singleLooks.has(op);
}

const singleLooks: ReadonlySet<string> = new Set<keyof HierarchyReads>([
  'roster',
  'footprint',
  'standing',
  'subscription',
]);

/** @throws Broken for an unknown read. */
export async function performRead(rows: HierarchyRows, op: string, args: Json): Promise<Json> {
  if (!Object.hasOwn(reads, op))
    throw new Broken('broken', `the hierarchy store has no read "${op}"`);
  const read = reads[op as keyof HierarchyReads] as (
    rows: HierarchyRows,
    args: unknown,
  ) => Promise<unknown>;
  return (await read(rows, args)) as Json;
}

type Result<Op extends keyof HierarchyReads> = HierarchyReads[Op]['result'];
type Args<Op extends keyof HierarchyReads> = HierarchyReads[Op]['args'];

async function place(
  rows: HierarchyRows,
  { service, parentId, baseNode, references, moving }: Args<'place'>,
): Promise<Result<'place'>> {
  if (parentId === undefined) return basePlace(rows, service, baseNode, references);
  const [base, lineage, [parent], holds, links] = await Promise.all([
    rows.tree.atPath([rootCn, baseNode]),
    moving === undefined ? [] : rows.tree.lineage([parentId]),
    rows.tree.nodes([parentId]),
    holdsOnAndAbove(rows, [parentId]),
    linkStates(rows, service, [...new Set([parentId, ...references])]),
  ]);
  const isInside =
    moving === undefined ? {} : { isInside: lineage.some(({ id }) => id === moving) };
  return {
    parent: parent === undefined ? null : { ...identity(parent), isBase: parent.id === base?.id },
    holds,
    links,
    ...isInside,
  };
}

async function basePlace(
  rows: HierarchyRows,
  service: string,
  baseNode: string,
  references: readonly string[],
): Promise<Result<'place'>> {
  const base = await rows.tree.atPath([rootCn, baseNode]);
  const ids = base === undefined ? [] : [base.id];
  const [holds, links] = await Promise.all([
    holdsOnAndAbove(rows, ids),
    linkStates(rows, service, [...new Set([...ids, ...references])]),
  ]);
  return { parent: base === undefined ? null : { ...identity(base), isBase: true }, holds, links };
}

async function engagement(
  rows: HierarchyRows,
  args: Args<'engagement'>,
): Promise<Result<'engagement'>> {
  const { service, objectClass, ids, saga, mode, retryOf } = args;
  const [named, contiguous, tombstones, refused] = await Promise.all([
    rows.tree.nodes(ids),
    mode === 'D' ? rows.tree.contiguous(ids, objectClass) : [],
    rows.ledger.tombstones(ids),
    retryOf === undefined ? undefined : rows.ledger.refused(service, retryOf),
  ]);
  const retried =
    refused === undefined ? null : { age: refused.age, requestedBy: refused.requestedBy };
  const nodes = mode === 'D' ? contiguous : named.filter((node) => isOwnNode(node, objectClass));
  const found = new Set(idsOf(named));
  const absent = [...new Set(ids)].filter((id) => !found.has(id));
  const tombstonedNodes = new Set(tombstones.map((tombstone) => tombstone.nodeId));
  const [conflicts, subscriptions] = await Promise.all([
    conflictingHolds(rows, { saga, mode }, idsOf(nodes)),
    subscriptionsOf(rows, idsOf(nodes)),
  ]);
  return {
    nodes: parentsFirst(nodes, 0).map(({ node, depth }) => nodeStateOf(node, depth)),
    missing: absent.filter((id) => !tombstonedNodes.has(id)),
    gone: absent.filter((id) => tombstonedNodes.has(id)),
    foreign: idsOf(named.filter((node) => !isOwnNode(node, objectClass))).sort(),
    conflicts,
    subscriptions,
    ...(retryOf === undefined ? {} : { retried }),
  };
}

async function roster(rows: HierarchyRows, { nodeIds }: Args<'roster'>): Promise<Result<'roster'>> {
  const [nodes, subscriptions] = await Promise.all([
    rows.tree.nodes(nodeIds),
    subscriptionsOf(rows, nodeIds),
  ]);
  return {
    nodes: parentsFirst(nodes, 0).map(({ node, depth }) => nodeStateOf(node, depth)),
    subscriptions,
  };
}

async function standing(
  { ledger }: HierarchyRows,
  { saga, service, nodeIds }: Args<'standing'>,
): Promise<Result<'standing'>> {
  const [engaged, tombstones] = await Promise.all([
    ledger.engagements({ saga, service, nodeIds }),
    ledger.tombstones(nodeIds),
  ]);
  const tombstonedNodes = tombstones.filter(
    (tombstone) => tombstone.saga === saga && tombstone.service === service,
  );
  const states = new Map<string, Result<'standing'>[number]['state']>([
    ...tombstonedNodes.map(({ nodeId }) => [nodeId, 'tombstoned'] as const),
    ...engaged.map(({ nodeId, state }) => [nodeId, state] as const),
  ]);
  return [...new Set(nodeIds)].flatMap((nodeId) => {
    const state = states.get(nodeId);
    return state === undefined ? [] : [{ nodeId, state }];
  });
}

async function subscription(
  rows: HierarchyRows,
  { nodeId, subscriber }: Args<'subscription'>,
): Promise<Result<'subscription'>> {
  const [nodes, existing, subscribers, tombstones, holds] = await Promise.all([
    rows.tree.nodes([nodeId]),
    rows.tree.named(subscribersIdOf(nodeId), subscriber),
    rows.tree.countChildren(subscribersIdOf(nodeId)),
    rows.ledger.tombstones([nodeId]),
    holdsOnAndAbove(rows, [nodeId]),
  ]);
  const node = nodes.find(takesChildren);
  return {
    node: node === undefined ? null : identity(node),
    tombstoned: node === undefined && tombstones.length > 0,
    holds: node === undefined ? [] : holds,
    existing: existing === undefined ? null : subscriptionOf(nodeId, existing),
    subscribers,
  };
}

function idsOf(nodes: readonly TreeNode[]): string[] {
  return nodes.map((node) => node.id);
}

function identity({ id, objectClass, epoch }: TreeNode): {
  id: string;
  objectClass: string;
  epoch: number;
} {
  return { id, objectClass, epoch };
}
