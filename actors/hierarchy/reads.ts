/**
 * The reads of the hierarchy store over the port `rows.ts`; what each must return stands in `store.ts`.
 *
 * 1. One read sees one snapshot, so the epochs and versions in a result belong to everything else in it.
 * 2. Only nodes that services own (`entity`) are engaged; a base, system or alias node is nobody's.
 */
import { Broken } from '../../runtime/errors.ts';
import type { Json } from '../../runtime/json.ts';
import { dependants } from './dependants.ts';
import { footprint } from './footprint.ts';
import { conflictingHolds, holdsOnAndAbove } from './holds.ts';
import { linkStates, orphanedLinks } from './links.ts';
import { parentsFirst } from './parents-first.ts';
import type { HierarchyRows } from './rows.ts';
import { sagas, subscriber } from './saga-parts.ts';
import { search } from './search.ts';
import type { HierarchyReads } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { isOwnNode, nodeStateOf, rootCn, type TreeNode, takesChildren } from './tree-node.ts';

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

/** @throws Broken for a read there is not. */
export async function performRead(rows: HierarchyRows, op: string, args: Json): Promise<Json> {
  if (!Object.hasOwn(reads, op)) throw new Broken('broken', `the hierarchy store has no read "${op}"`);
  const read = reads[op as keyof HierarchyReads] as (rows: HierarchyRows, args: unknown) => Promise<unknown>;
  return (await read(rows, args)) as Json;
}

type Result<Op extends keyof HierarchyReads> = HierarchyReads[Op]['result'];
type Args<Op extends keyof HierarchyReads> = HierarchyReads[Op]['args'];

async function place(rows: HierarchyRows, { service, parentId, baseNode, references }: Args<'place'>): Promise<Result<'place'>> {
  const base = await rows.tree.atPath([rootCn, baseNode]);
  const parent = parentId === undefined || parentId === base?.id ? base : (await rows.tree.nodes([parentId]))[0];
  const upstream = new Set([...[parentId ?? base?.id ?? []].flat(), ...references]);
  return {
    parent: parent === undefined ? null : { ...identity(parent), isBase: parent.id === base?.id },
    holds: parent === undefined ? [] : await holdsOnAndAbove(rows, [parent.id]),
    links: await linkStates(rows, service, [...upstream]),
  };
}

async function engagement(rows: HierarchyRows, { objectClass, ids, saga, mode }: Args<'engagement'>): Promise<Result<'engagement'>> {
  const named = await rows.tree.nodes(ids);
  const own = named.filter((node) => isOwnNode(node, objectClass));
  const nodes = mode === 'D' ? await rows.tree.contiguous(idsOf(own), objectClass) : own;
  const found = new Set(idsOf(named));
  const absent = [...new Set(ids)].filter((id) => !found.has(id));
  const buried = new Set((await rows.ledger.tombstones(absent)).map((tombstone) => tombstone.nodeId));
  return {
    nodes: parentsFirst(nodes, 0).map(({ node, depth }) => nodeStateOf(node, depth)),
    missing: absent.filter((id) => !buried.has(id)),
    gone: absent.filter((id) => buried.has(id)),
    foreign: idsOf(named.filter((node) => !isOwnNode(node, objectClass))).sort(),
    conflicts: await conflictingHolds(rows, { saga, mode }, idsOf(nodes)),
    subscriptions: await subscriptionsOf(rows, idsOf(nodes)),
  };
}

async function roster(rows: HierarchyRows, { nodeIds }: Args<'roster'>): Promise<Result<'roster'>> {
  const nodes = await rows.tree.nodes(nodeIds);
  return {
    nodes: parentsFirst(nodes, 0).map(({ node, depth }) => nodeStateOf(node, depth)),
    subscriptions: await subscriptionsOf(rows, idsOf(nodes)),
  };
}

async function standing({ ledger }: HierarchyRows, { saga, service, nodeIds }: Args<'standing'>): Promise<Result<'standing'>> {
  const engaged = await ledger.engagements({ saga, service, nodeIds });
  const buried = (await ledger.tombstones(nodeIds)).filter((tombstone) => tombstone.saga === saga && tombstone.service === service);
  const states = new Map<string, Result<'standing'>[number]['state']>([
    ...buried.map(({ nodeId }) => [nodeId, 'tombstoned'] as const),
    ...engaged.map(({ nodeId, state }) => [nodeId, state] as const),
  ]);
  return [...new Set(nodeIds)].flatMap((nodeId) => {
    const state = states.get(nodeId);
    return state === undefined ? [] : [{ nodeId, state }];
  });
}

async function subscription(rows: HierarchyRows, { nodeId, subscriber }: Args<'subscription'>): Promise<Result<'subscription'>> {
  const node = (await rows.tree.nodes([nodeId])).find(takesChildren);
  const subscriptions = await subscriptionsOf(rows, [nodeId]);
  return {
    node: node === undefined ? null : identity(node),
    tombstoned: node === undefined && (await rows.ledger.tombstones([nodeId])).length > 0,
    holds: node === undefined ? [] : await holdsOnAndAbove(rows, [nodeId]),
    existing: subscriptions.find((existing) => existing.service === subscriber) ?? null,
    subscribers: subscriptions.length,
  };
}

function idsOf(nodes: readonly TreeNode[]): string[] {
  return nodes.map((node) => node.id);
}

function identity({ id, objectClass, epoch }: TreeNode): { id: string; objectClass: string; epoch: number } {
  return { id, objectClass, epoch };
}
