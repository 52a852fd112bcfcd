/**
 * The read `dependants`: the nodes that a voter would remove with the asked nodes, and the nodes
 * that forbid the removal.
 *
 * 1. A node depends on an asked node as its direct child or through a `delete` reference. The nodes
 *    below a dependant, reached through nodes of the same class only, are removed too.
 * 2. A node that refers to an asked node through a `refuse` reference forbids the removal, unless
 *    the saga removes this node too.
 * 3. An update removes no dependant, and no reference forbids it.
 */

import type { HierarchyReads, NodeState } from '../store.ts';
import { valuesOf } from './attributes.ts';
import { conflictingHolds } from './holds.ts';
import { linkStates } from './links.ts';
import { parentsFirst } from './parents-first.ts';
import type { HierarchyRows } from './rows.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { nodeStateOf, type TreeNode } from './tree-node.ts';

type Args = HierarchyReads['dependants']['args'];
type Result = HierarchyReads['dependants']['result'];

/** A referring node, its attribute and the referred id. */
type Referral = {
  readonly node: TreeNode;
  readonly attribute: string;
  readonly id: string;
  readonly onDelete: 'refuse' | 'delete';
};

export async function dependants(rows: HierarchyRows, args: Args): Promise<Result> {
  if (args.mode === 'U') {
    const links = await linkStates(rows, args.service, args.ids);
    return { links, refusals: [], nodes: [], conflicts: [], subscriptions: [] };
  }
  const [links, under, referrers, children] = await Promise.all([
    linkStates(rows, args.service, args.ids),
    rows.ledger.engagements({ saga: args.saga, service: args.service }),
    rows.tree.referrers(args.ids, args.objectClass),
    rows.tree.children(args.ids, args.objectClass),
  ]);
  const engaged = new Set([...under.map((hold) => hold.nodeId), ...(args.except ?? [])]);
  const referrals = referralsOf(referrers, args);
  const nodes = (await goingAlong(rows, args, children, referrals)).filter(
    (node) => !engaged.has(node.id),
  );
  const goingIds = nodes.map((node) => node.id);
  const excused = new Set([...engaged, ...goingIds]);
  const kept = referrals.filter(
    ({ node, onDelete }) => onDelete === 'refuse' && !excused.has(node.id),
  );
  const [conflicts, subscriptions] = await Promise.all([
    conflictingHolds(rows, args, goingIds),
    subscriptionsOf(rows, goingIds),
  ]);
  return {
    links,
    refusals: kept.map(({ node, attribute, id }) => ({
      nodeId: id,
      attribute,
      byId: node.id,
      byCn: node.cn,
    })),
    nodes,
    conflicts,
    subscriptions,
  };
}

/** In the order of the referring nodes' creation, then in the order of the given attributes. */
function referralsOf(
  referrers: readonly TreeNode[],
  { ids, references }: Args,
): readonly Referral[] {
  const asked = new Set(ids);
  const inOrder = [...referrers].sort((a, b) => a.seq - b.seq);
  return inOrder.flatMap((node) =>
    references.flatMap(({ attribute, onDelete }) =>
      [...new Set(valuesOf(node.attributes, attribute))]
        .filter((value) => typeof value === 'string')
        .filter((id) => asked.has(id))
        .map((id) => ({ node, attribute, id, onDelete })),
    ),
  );
}

async function goingAlong(
  rows: HierarchyRows,
  args: Args,
  children: readonly TreeNode[],
  referrals: readonly Referral[],
): Promise<(NodeState & { through: string })[]> {
  const direct = new Map<string, string>();
  for (const child of children) direct.set(child.id, child.parentId ?? '');
  for (const { node, id, onDelete } of referrals)
    if (onDelete === 'delete' && !direct.has(node.id)) direct.set(node.id, id);
  const below = parentsFirst(await rows.tree.contiguous([...direct.keys()], args.objectClass), 1);
  const through = new Map<string, string>();
  for (const { node } of below)
    through.set(node.id, direct.get(node.id) ?? through.get(node.parentId ?? '') ?? '');
  return below.map(({ node, depth }) => ({
    ...nodeStateOf(node, depth),
    through: through.get(node.id) ?? '',
  }));
}
