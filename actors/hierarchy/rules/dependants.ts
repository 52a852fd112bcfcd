/**
 * The read `dependants`: the nodes that a voter would remove with the asked nodes, and the nodes
 * that forbid the removal.
 *
 * 1. A node depends on an asked node as its direct child or through a `delete` reference. The nodes
 *    below a dependant, reached through nodes of the same class only, are removed too.
 * 2. A node that refers to an asked node through a `refuse` reference forbids the removal, unless
 *    the same deletion removes this node too.
 */

import type { ForeignNode } from '../../consent/nodes.ts';
import type { HierarchyReads, NodeFacts } from '../store.ts';
import { valuesOf } from './attributes.ts';
import { parentsFirst } from './parents-first.ts';
import type { TreeRows } from './rows.ts';
import { factsOf, type TreeNode } from './tree-node.ts';

type Args = HierarchyReads['dependants']['args'];
type Result = HierarchyReads['dependants']['result'];

/** A referring node, its attribute and the referred id. */
type Referral = {
  readonly node: TreeNode;
  readonly attribute: string;
  readonly id: string;
  readonly onDelete: 'refuse' | 'delete';
};

export async function dependants(tree: TreeRows, args: Args): Promise<Result> {
  const [referrers, children] = await Promise.all([
    tree.referrers(args.ids, args.objectClass),
    tree.children(args.ids, args.objectClass),
  ]);
  const except = new Set(args.except);
  const referrals = referralsOf(referrers, args);
  const along = await goingAlong(tree, args, children, referrals);
  const nodes = along.nodes.filter((node) => !except.has(node.id));
  const own = new Set(nodes.map(({ id }) => id));
  const beneath = along.beneath.filter(({ parentId }) => own.has(parentId));
  const excused = new Set([...except, ...own]);
  const kept = referrals.filter(
    ({ node, onDelete }) => onDelete === 'refuse' && !excused.has(node.id),
  );
  return {
    nodes,
    ...(beneath.length === 0 ? {} : { beneath }),
    refusals: kept.map(({ node, attribute, id }) => ({
      nodeId: id,
      reason: `it is in use by ${node.cn} (${node.id}, ${attribute})`,
    })),
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
  tree: TreeRows,
  args: Args,
  children: readonly TreeNode[],
  referrals: readonly Referral[],
): Promise<{
  readonly nodes: readonly (NodeFacts & { readonly through: string })[];
  readonly beneath: readonly ForeignNode[];
}> {
  const direct = new Map<string, string>();
  for (const child of children) direct.set(child.id, child.parentId ?? '');
  for (const { node, id, onDelete } of referrals)
    if (onDelete === 'delete' && !direct.has(node.id)) direct.set(node.id, id);
  const ids = [...direct.keys()];
  const [contiguous, beneath] = await Promise.all([
    tree.contiguous(ids, args.objectClass),
    tree.beneath(ids, args.objectClass),
  ]);
  const below = parentsFirst(contiguous, 1);
  const through = new Map<string, string>();
  for (const { node } of below)
    through.set(node.id, direct.get(node.id) ?? through.get(node.parentId ?? '') ?? '');
  const nodes = below.map(({ node, depth }) => ({
    ...factsOf(node, depth),
    through: through.get(node.id) ?? '',
  }));
  return { nodes, beneath };
}
