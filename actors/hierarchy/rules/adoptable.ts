/**
 * The read `adoptable`: the nodes of a service, each with the nodes of other services that the
 * node would depend on as a node of another class.
 *
 * 1. The nodes themselves are no nodes of others: all of them are taken over together.
 * 2. The id of a node that is gone is no reference.
 */
import type { AttributeReference, UpstreamNode } from '../../consent/nodes.ts';
import type { HierarchyReads } from '../store.ts';
import { referencesIn } from './detachment.ts';
import { inIdOrder } from './id-order.ts';
import type { TreeRows } from './rows.ts';
import { isNodeId, isOwnNode, type TreeNode } from './tree-node.ts';

type Args = HierarchyReads['adoptable']['args'];
type Result = HierarchyReads['adoptable']['result'];
type Mention = { readonly attribute: string; readonly id: string };

export async function adoptable(
  tree: TreeRows,
  { service, objectClass, references }: Args,
): Promise<Result> {
  const found = inIdOrder(await tree.ofService(service));
  const own = new Set(found.map(({ id }) => id));
  const mentions = new Map(found.map((node) => [node.id, mentionsIn(node, own)]));
  const named = found.flatMap((node) => [
    node.parentId ?? '',
    ...(mentions.get(node.id) ?? []).map(({ id }) => id),
  ]);
  const others = [...new Set(named)].filter((id) => !own.has(id));
  const [otherNodes, referrers] = await Promise.all([
    tree.nodes(others),
    tree.referrers([...own], objectClass),
  ]);
  const known = new Map(otherNodes.map((node) => [node.id, node]));
  const referrerOf = referrersById(
    referrers.filter(({ id }) => !own.has(id)),
    references,
  );
  const parentOf = ({ parentId }: TreeNode): UpstreamNode | null => {
    const parent = known.get(parentId ?? '');
    const isOthers = parent?.kind === 'entity' && !isOwnNode(parent, objectClass);
    return isOthers ? upstreamOf(parent) : null;
  };
  const isReference = new Set(references);
  return found.map((node) => {
    const all = (mentions.get(node.id) ?? []).flatMap(({ attribute, id }): AttributeReference[] => {
      const other = known.get(id);
      return other?.kind === 'entity' ? [{ attribute, ...upstreamOf(other) }] : [];
    });
    return {
      id: node.id,
      cn: node.cn,
      objectClass: node.objectClass,
      version: node.version,
      parent: parentOf(node),
      belowId: own.has(node.parentId ?? '') ? node.parentId : null,
      references: all.filter(({ attribute }) => isReference.has(attribute)),
      mentions: all.filter(({ attribute }) => !isReference.has(attribute)),
      referrer: referrerOf.get(node.id) ?? null,
    };
  });
}

/** The ids of nodes in the attributes of the node, in the order of the attributes' names. */
function mentionsIn(node: TreeNode, own: ReadonlySet<string>): readonly Mention[] {
  const names = Object.keys(node.attributes).sort();
  return names.flatMap((attribute) =>
    referencesIn(node, attribute)
      .filter((id) => isNodeId(id) && !own.has(id))
      .map((id) => ({ attribute, id })),
  );
}

/** For each id, the oldest node that refers to the id by one of the attributes. */
function referrersById(
  referrers: readonly TreeNode[],
  references: readonly string[],
): ReadonlyMap<string, { readonly id: string; readonly cn: string }> {
  const youngestFirst = [...referrers].sort((a, b) => b.seq - a.seq);
  return new Map(
    youngestFirst.flatMap((node) =>
      references
        .flatMap((attribute) => referencesIn(node, attribute))
        .map((referred) => [referred, { id: node.id, cn: node.cn }] as const),
    ),
  );
}

function upstreamOf({ id, objectClass, service }: TreeNode): UpstreamNode {
  return { id, objectClass, service: service ?? '' };
}
