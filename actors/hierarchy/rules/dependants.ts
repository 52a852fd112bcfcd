/**
 * The read `dependants`: the consequences of a deletion for the nodes of one voter. Some nodes
 * would be removed with the asked nodes, some would lose a reference, and some forbid the removal.
 *
 * 1. A node depends on an asked node as its direct child or through a `delete` reference. The nodes
 *    below a dependant, reached through nodes of the same class only, are removed too.
 * 2. One moment: all rows are asked for at once, so that the read is one statement.
 * 3. A node that is removed anyway forbids nothing by its references, and loses no reference.
 */

import type { HierarchyReads } from '../store.ts';
import { detachedReference, referencesIn } from './detachment.ts';
import { inIdOrder } from './id-order.ts';
import { parentsFirst } from './parents-first.ts';
import type { TreeRows } from './rows.ts';
import { factsOf, type TreeNode } from './tree-node.ts';
import type { Referral } from './veto.ts';
import { refusalsOf } from './vetoes.ts';

type Args = HierarchyReads['dependants']['args'];
type Result = HierarchyReads['dependants']['result'];
/** `through`: the asked node that leads to the node. */
type Going = { readonly node: TreeNode; readonly depth: number; readonly through: string };

export async function dependants(tree: TreeRows, args: Args): Promise<Result> {
  const { ids, objectClass, rules } = args;
  const deleting = rules.references.flatMap(({ attribute, onDelete }) =>
    onDelete === 'delete' ? attribute : [],
  );
  const [referrers, { own: reached, beneath: below }] = await Promise.all([
    tree.referrers(ids, objectClass),
    tree.walks.dependants(ids, objectClass, deleting, args.except),
  ]);
  const except = new Set(args.except);
  const referrals = referralsOf(referrers, args);
  const along = goingAlong(reached, ids, referrals);
  const going = along.filter(({ node }) => !except.has(node.id));
  const own = new Set(going.map(({ node }) => node.id));
  const beneath = below.filter(({ parentId }) => own.has(parentId));
  const staying = referrals.filter(({ node }) => !except.has(node.id) && !own.has(node.id));
  const asked = going.map(({ node, through }) => ({ node, askedId: through }));
  return {
    nodes: going.map(({ node, depth, through }) => ({ ...factsOf(node, depth), through })),
    ...(beneath.length === 0 ? {} : { beneath: inIdOrder(beneath) }),
    refusals: refusalsOf({ going: asked, staying, rules: args.rules }),
    detached: staying.filter(({ onDelete }) => onDelete === 'detach').map(detachedReference),
  };
}

/** In the order of the referring nodes' creation, then in the order of the given attributes. */
function referralsOf(
  referrers: readonly TreeNode[],
  { ids, rules: { references } }: Args,
): readonly Referral[] {
  const asked = new Set(ids);
  const inOrder = [...referrers].sort((a, b) => a.seq - b.seq);
  return inOrder.flatMap((node) =>
    references.flatMap(({ attribute, onDelete }) =>
      referencesIn(node, attribute)
        .filter((id) => asked.has(id))
        .map((id) => ({ node, attribute, id, onDelete })),
    ),
  );
}

function goingAlong(
  reached: readonly TreeNode[],
  asked: readonly string[],
  referrals: readonly Referral[],
): readonly Going[] {
  const parents = new Set(asked);
  const direct = new Map<string, string>();
  for (const { id, parentId } of reached)
    if (parentId !== null && parents.has(parentId)) direct.set(id, parentId);
  for (const { node, id, onDelete } of referrals)
    if (onDelete === 'delete' && !direct.has(node.id)) direct.set(node.id, id);
  const below = parentsFirst(reached, 1);
  const through = new Map<string, string>();
  for (const { node } of below)
    through.set(node.id, direct.get(node.id) ?? through.get(node.parentId ?? '') ?? '');
  return below.map(({ node, depth }) => {
    return { node, depth, through: through.get(node.id) ?? '' };
  });
}
