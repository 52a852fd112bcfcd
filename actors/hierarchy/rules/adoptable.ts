/**
 * The read `adoptable`: the nodes of one service, with the nodes of others that each would depend on
 * as a node of another class.
 *
 * 1. The nodes themselves are no nodes of others: all of them are taken over together.
 */
import type { UpstreamNode } from '../../consent/nodes.ts';
import type { HierarchyReads } from '../store.ts';
import { valuesOf } from './attributes.ts';
import { inIdOrder } from './id-order.ts';
import type { TreeRows } from './rows.ts';
import { isOwnNode, type TreeNode } from './tree-node.ts';

type Args = HierarchyReads['adoptable']['args'];
type Result = HierarchyReads['adoptable']['result'];

export async function adoptable(
  tree: TreeRows,
  { service, objectClass, references }: Args,
): Promise<Result> {
  const found = inIdOrder(await tree.ofService(service));
  const own = new Set(found.map(({ id }) => id));
  const named = found.flatMap((node) => [
    node.parentId ?? '',
    ...references.flatMap((attribute) => referred(node, attribute)),
  ]);
  const others = [...new Set(named)].filter((id) => !own.has(id));
  const known = new Map((await tree.nodes(others)).map((node) => [node.id, node]));
  const parentOf = ({ parentId }: TreeNode): UpstreamNode | null => {
    const parent = known.get(parentId ?? '');
    const isOthers = parent?.kind === 'entity' && !isOwnNode(parent, objectClass);
    return isOthers ? upstreamOf(parent.id, parent) : null;
  };
  return found.map((node) => ({
    id: node.id,
    cn: node.cn,
    objectClass: node.objectClass,
    version: node.version,
    parent: parentOf(node),
    references: references.flatMap((attribute) =>
      referred(node, attribute)
        .filter((id) => !own.has(id))
        .map((id) => ({ attribute, ...upstreamOf(id, known.get(id)) })),
    ),
  }));
}

function referred({ attributes }: TreeNode, attribute: string): readonly string[] {
  return valuesOf(attributes, attribute).filter((value) => typeof value === 'string');
}

function upstreamOf(id: string, node: TreeNode | undefined): UpstreamNode {
  return { id, objectClass: node?.objectClass ?? '', service: node?.service ?? '' };
}
