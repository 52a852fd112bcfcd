/**
 * The read `detached` and the write `detach`: references that are taken out of the referring nodes
 * when the referred nodes are deleted.
 *
 * 1. Complete: the write finds the referring nodes itself, under lock. So no reference to the nodes
 *    is left after the commit.
 */
import type { DetachedReference } from '../../consent/nodes.ts';
import type { Attributes, HierarchyReads, HierarchyWrites } from '../store.ts';
import { valuesOf } from './attributes.ts';
import { lockExpected } from './expectations.ts';
import type { TreeRows } from './rows.ts';
import type { TreeNode } from './tree-node.ts';
import type { Referral } from './veto.ts';

export async function detached(
  tree: TreeRows,
  { objectClass, ids, attributes }: HierarchyReads['detached']['args'],
): Promise<readonly DetachedReference[]> {
  const asked = new Set(ids);
  const referrers = [...(await tree.referrers(ids, objectClass))].sort((a, b) => a.seq - b.seq);
  return referrers.flatMap((node) =>
    attributes.flatMap((attribute) =>
      referencesIn(node, attribute)
        .filter((id) => asked.has(id))
        .map((id) => detachedReference({ node, attribute, id })),
    ),
  );
}

/** The ids in the attribute, each once. */
export function referencesIn({ attributes }: TreeNode, attribute: string): readonly string[] {
  const texts = valuesOf(attributes, attribute).filter((value) => typeof value === 'string');
  return [...new Set(texts)];
}

export function detachedReference({
  node,
  attribute,
  id,
}: Omit<Referral, 'onDelete'>): DetachedReference {
  const { cn, objectClass, version } = node;
  return { id: node.id, cn, objectClass, version, attribute, referredId: id };
}

export async function detach(
  tree: TreeRows,
  { objectClass, nodeIds, attributes }: HierarchyWrites['detach']['args'],
  expect: HierarchyWrites['detach']['expect'],
): Promise<void> {
  const referrers = await tree.referrers(nodeIds, objectClass);
  const locked = await lockExpected(
    tree,
    referrers.map(({ id }) => id),
    expect,
  );
  const gone = new Set<unknown>(nodeIds);
  for (const node of locked.values()) {
    const left = withoutReferences(node.attributes, attributes, gone);
    if (left !== node.attributes) await tree.replace({ ...node, attributes: left });
  }
}

/** The given attributes themselves if nothing changes. */
function withoutReferences(
  given: Attributes,
  names: readonly string[],
  gone: ReadonlySet<unknown>,
): Attributes {
  const referring = names.filter((name) => valuesOf(given, name).some((value) => gone.has(value)));
  if (referring.length === 0) return given;
  const entries = Object.entries(given).map(([name, values]) =>
    referring.includes(name)
      ? ([name, values.filter((value) => !gone.has(value))] as const)
      : ([name, values] as const),
  );
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0));
}
