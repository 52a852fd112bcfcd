/**
 * The read `search`: base, scope, filter, and the form of the found nodes.
 *
 * 1. `id` given: base, scope and filter are ignored. An unknown base or id finds no node.
 * 2. `base` is an id or a dn; without one it is the root. Default scope is 2, default `deref` true.
 * 3. With `objectClass` only nodes that services own are found, never the tree's own.
 */

import { isStorable } from '../../consent/storable.ts';
import type { FoundNode, SearchQuery } from '../store.ts';
import { parseDn } from './dn.ts';
import type { SearchWindow, TreeRows } from './rows.ts';
import { filterOf, probesOf } from './search-filter.ts';
import { Paths, readableAttributes, searchResult } from './search-result.ts';
import { isNodeId, isOwnNode, type PathStep, rootCn, type TreeNode } from './tree-node.ts';

const reaches = { 1: 'children', 2: 'subtree' } as const;

export async function search(tree: TreeRows, query: SearchQuery): Promise<readonly FoundNode[]> {
  const { id } = query;
  if (id !== undefined) return named(tree, [id].flat(), query);
  const reached = await inReach(tree, query);
  const nodes = await filtered(tree, reached.nodes, query);
  const steps = [...nodes, ...reached.above];
  const lineage = await tree.lineage(beyond(nodes, steps));
  return searchResult(nodes, new Paths([...steps, ...lineage]), query);
}

/** The nodes and the nodes above are looked for in one moment: one statement in a database. */
async function named(
  tree: TreeRows,
  ids: readonly string[],
  query: SearchQuery,
): Promise<readonly FoundNode[]> {
  const { deref = true, objectClass } = query;
  const window: SearchWindow = { reach: 'named', ids, deref, objectClass, probes: [] };
  const [nodes, lineage] = await Promise.all([tree.search(window), tree.lineage(ids)]);
  return searchResult(nodes, new Paths(lineage), query);
}

/** `above`: steps of paths that are known already. */
type Reached = { readonly nodes: readonly TreeNode[]; readonly above: readonly PathStep[] };

async function inReach(tree: TreeRows, query: SearchQuery): Promise<Reached> {
  const { base, scope = 2, deref = true, objectClass, filter = {}, values } = query;
  const window = { deref, objectClass, probes: probesOf(filter, values) };
  if (scope !== 0 && base !== undefined && isNodeId(base))
    return belowId(tree, base, { ...window, reach: reaches[scope] });
  const node = await baseOf(tree, query, deref);
  if (node === undefined) return { nodes: [], above: [] };
  if (scope === 0) {
    const isWanted = objectClass === undefined || isOwnNode(node, objectClass);
    return { nodes: isWanted ? [node] : [], above: [] };
  }
  // The root's subtree is the whole tree, so no path needs to be walked.
  const reach = scope === 2 && node.parentId === null ? 'all' : reaches[scope];
  return { nodes: await tree.search({ ...window, reach, ids: [node.id] }), above: [] };
}

/**
 * The base, the nodes below and the nodes above are looked for in one moment. A base that is an
 * alias stands for its target, whose children are looked for later.
 */
async function belowId(
  tree: TreeRows,
  base: string,
  window: Omit<SearchWindow, 'ids'>,
): Promise<Reached> {
  const [node, below, above] = await Promise.all([
    nodeOrTarget(tree, base, window.deref),
    tree.search({ ...window, ids: [base] }),
    tree.lineage([base]),
  ]);
  if (node === undefined) return { nodes: [], above: [] };
  const nodes = node.id === base ? below : await tree.search({ ...window, ids: [node.id] });
  return { nodes, above };
}

async function baseOf(
  tree: TreeRows,
  query: Pick<SearchQuery, 'base' | 'values'>,
  deref: boolean,
): Promise<TreeNode | undefined> {
  const { base } = query;
  if (base !== undefined && isNodeId(base)) return nodeOrTarget(tree, base, deref);
  const node = await nodeAt(tree, query);
  return node?.kind === 'alias' && deref ? nodeOrTarget(tree, node.id, deref) : node;
}

async function nodeOrTarget(
  tree: TreeRows,
  id: string,
  deref: boolean,
): Promise<TreeNode | undefined> {
  const window = { reach: 'named', ids: [id], objectClass: undefined, probes: [] } as const;
  return (await tree.search({ ...window, deref }))[0];
}

async function nodeAt(
  tree: TreeRows,
  { base, values }: Pick<SearchQuery, 'base' | 'values'>,
): Promise<TreeNode | undefined> {
  const path = base === undefined ? [rootCn] : parseDn(base);
  if (path === undefined || !path.every(isStorable)) return undefined;
  const node = await tree.atPath(path);
  return node === undefined && values === 'ldap' ? atPathInAnyCase(tree, path) : node;
}

async function atPathInAnyCase(
  tree: TreeRows,
  path: readonly string[],
): Promise<TreeNode | undefined> {
  let at: TreeNode | undefined;
  for (const [step, cn] of path.entries()) {
    if (step > 0 && at === undefined) return undefined;
    at = await tree.namedInAnyCase(at?.id ?? null, cn);
  }
  return at;
}

/**
 * A filter can match an alias by its target's name, so the names of targets are read before the
 * filter is applied.
 */
async function filtered(
  tree: TreeRows,
  nodes: readonly TreeNode[],
  { filter = {}, values }: SearchQuery,
): Promise<readonly TreeNode[]> {
  const targets = nodes.flatMap((node) => node.aliasOf ?? []);
  const paths = new Paths(targets.length === 0 ? [] : await tree.lineage(targets));
  const passes = filterOf(filter, values);
  return nodes.filter((node) => passes(readableAttributes(node, paths)));
}

/** The parents of the nodes, and the targets of aliases, that are not among the known steps. */
function beyond(nodes: readonly TreeNode[], known: readonly PathStep[]): readonly string[] {
  const found = new Set(known.map(({ id }) => id));
  const wanted = nodes.flatMap(({ parentId, aliasOf }) => [parentId ?? [], aliasOf ?? []].flat());
  return [...new Set(wanted)].filter((id) => !found.has(id));
}
