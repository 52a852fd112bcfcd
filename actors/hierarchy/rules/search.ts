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
import { isNodeId, rootCn, type TreeNode } from './tree-node.ts';

const reaches = ['named', 'children', 'subtree'] as const;

export async function search(tree: TreeRows, query: SearchQuery): Promise<readonly FoundNode[]> {
  const window = await windowOf(tree, query);
  if (window === undefined) return [];
  const inReach = await tree.search(window);
  const nodes = query.id === undefined ? await filtered(tree, inReach, query) : inReach;
  const paths = new Paths(await tree.lineage(nodes.flatMap(withTarget)));
  return searchResult(nodes, paths, query);
}

async function windowOf(tree: TreeRows, query: SearchQuery): Promise<SearchWindow | undefined> {
  const { id, scope = 2, deref = true, objectClass, filter = {}, values } = query;
  if (id !== undefined) return { reach: 'named', ids: [id].flat(), deref, objectClass, probes: [] };
  const base = await baseOf(tree, query, deref);
  if (base === undefined) return undefined;
  // The root's subtree is the whole tree, so no path needs to be walked.
  const reach = scope === 2 && base.parentId === null ? 'all' : reaches[scope];
  return { reach, ids: [base.id], deref, objectClass, probes: probesOf(filter, values) };
}

async function baseOf(
  tree: TreeRows,
  query: Pick<SearchQuery, 'base' | 'values'>,
  deref: boolean,
): Promise<TreeNode | undefined> {
  const node = await nodeAt(tree, query);
  if (node === undefined || !deref) return node;
  const [target] = await tree.search({
    reach: 'named',
    ids: [node.id],
    deref: true,
    objectClass: undefined,
    probes: [],
  });
  return target;
}

async function nodeAt(
  tree: TreeRows,
  { base, values }: Pick<SearchQuery, 'base' | 'values'>,
): Promise<TreeNode | undefined> {
  if (base !== undefined && isNodeId(base)) return (await tree.nodes([base]))[0];
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

function withTarget(node: TreeNode): string[] {
  return node.aliasOf === null ? [node.id] : [node.id, node.aliasOf];
}
