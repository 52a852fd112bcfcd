/**
 * The read `search`: base, scope, filter, and the form of the found nodes.
 *
 * 1. `id` given: base, scope and filter are ignored. An unknown base or id finds no node.
 * 2. `base` is an id or a dn; an absent `base` means the root. Default scope is 2, default `deref`
 *    true.
 * 3. With `objectClass` only nodes that services own are found, never the tree's own.
 * 4. A page loads no more nodes than it gives. With a filter nodes are loaded in portions, because
 *    the filter decides above the port.
 */

import { Refused } from '../../../runtime/ports/errors.ts';
import { isStorable } from '../../consent/storable.ts';
import type { FoundNode, FoundPage, PagedQuery, SearchQuery } from '../store.ts';
import { parseDn } from './dn.ts';
import { inOrder, isBehind, type Place, placeIn, placeOf, placeText } from './pages.ts';
import type { Portion, SearchWindow, TreeRows } from './rows.ts';
import { filterOf, probesOf } from './search-filter.ts';
import { Paths, readableAttributes, searchResult } from './search-result.ts';
import { isNodeId, isOwnNode, type PathStep, rootCn, type TreeNode } from './tree-node.ts';

const reaches = { 1: 'children', 2: 'subtree' } as const;

/** The number of nodes to load at once when a filter may leave most of them out. */
const filteredAtOnce = 10_000;

export async function search(tree: TreeRows, query: SearchQuery): Promise<readonly FoundNode[]> {
  const { nodes, above } = await inReach(tree, query);
  return shown(tree, await filtered(tree, nodes, query), above, query);
}

export async function page(
  tree: TreeRows,
  { limit, after, most, ...query }: PagedQuery & { readonly most: number },
): Promise<FoundPage> {
  const size = Math.min(limit ?? most, most);
  const isPaged = limit !== undefined || after !== undefined;
  const behind = after === undefined ? undefined : placeIn(after);
  const { nodes, above } = await firstNodes(tree, query, size + 1, isPaged, behind);
  if (nodes.length > size && !isPaged)
    throw new Refused(
      'answer-too-large',
      `more than ${most} nodes are found, the most of one answer (hierarchy.read_nodes_max); ` +
        'read them in pages, with limit and after',
    );
  const found = nodes.slice(0, size);
  const last = nodes.length > size ? found.at(-1) : undefined;
  return {
    nodes: await shown(tree, found, above, query),
    ...(last === undefined ? {} : { next: placeText(last) }),
  };
}

/**
 * The first of the wanted nodes, and few more than that; in any order unless the window has an
 * order.
 */
async function firstNodes(
  tree: TreeRows,
  query: SearchQuery,
  wanted: number,
  isPaged: boolean,
  after: Place | undefined,
): Promise<Reached> {
  const isFiltered = query.id === undefined && query.filter !== undefined;
  const count = isFiltered ? Math.max(wanted, filteredAtOnce) : wanted;
  const found: TreeNode[] = [];
  let behind = after;
  for (;;) {
    const order = isPaged || isFiltered ? placeOrder(behind) : 'any';
    const { nodes, above } = await inReach(tree, query, { count, order });
    const sorted = inOrder(nodes);
    for (const node of await filtered(tree, sorted, query)) found.push(node);
    const last = sorted.at(-1);
    if (nodes.length < count || found.length >= wanted || last === undefined)
      return { nodes: found, above };
    behind = placeOf(last);
  }
}

function placeOrder(behind: Place | undefined): Portion['order'] {
  return behind === undefined ? {} : { behind };
}

async function shown(
  tree: TreeRows,
  nodes: readonly TreeNode[],
  above: readonly PathStep[],
  query: SearchQuery,
): Promise<readonly FoundNode[]> {
  const steps = [...nodes, ...above];
  // For named ids all steps are known: only the target of an alias can be missing, when it was
  // removed.
  const lineage = query.id === undefined ? await tree.walks.lineage(beyond(nodes, steps)) : [];
  return searchResult(nodes, new Paths([...steps, ...lineage]), query);
}

/** `above`: steps of paths that are known already. */
type Reached = { readonly nodes: readonly TreeNode[]; readonly above: readonly PathStep[] };

function inReach(tree: TreeRows, query: SearchQuery, portion?: Portion): Promise<Reached> {
  const { id, deref = true, objectClass, filter = {}, values } = query;
  const probes = id === undefined ? probesOf(filter, values) : [];
  const part = portion === undefined ? {} : { portion };
  const window = { deref, objectClass, probes, ...part };
  return id === undefined
    ? fromBase(tree, query, window)
    : named(tree, { ...window, reach: 'named', ids: [id].flat() });
}

/** The nodes and the nodes above are looked up together: a database needs one statement. */
async function named(tree: TreeRows, window: SearchWindow): Promise<Reached> {
  const [nodes, above] = await Promise.all([tree.search(window), tree.walks.lineage(window.ids)]);
  return { nodes, above };
}

async function fromBase(
  tree: TreeRows,
  query: SearchQuery,
  window: Omit<SearchWindow, 'reach' | 'ids'>,
): Promise<Reached> {
  const { base, scope = 2, deref = true } = query;
  if (scope !== 0 && base !== undefined && isNodeId(base))
    return belowId(tree, base, { ...window, reach: reaches[scope] });
  const node = await baseOf(tree, query, deref);
  if (node === undefined) return { nodes: [], above: [] };
  if (scope === 0) {
    const { objectClass, portion } = window;
    const isWanted =
      (objectClass === undefined || isOwnNode(node, objectClass)) && isInPortion(node, portion);
    return { nodes: isWanted ? [node] : [], above: [] };
  }
  // The root's subtree is the whole tree, so no path needs to be walked.
  const reach = scope === 2 && node.parentId === null ? 'all' : reaches[scope];
  return { nodes: await tree.search({ ...window, reach, ids: [node.id] }), above: [] };
}

function isInPortion(node: TreeNode, portion: Portion | undefined): boolean {
  const order = portion?.order ?? 'any';
  return order === 'any' || isBehind(node, order.behind);
}

/**
 * The base, the nodes below and the nodes above are looked up together. A base that is an alias
 * stands for its target; the children of the target are looked up later.
 */
async function belowId(
  tree: TreeRows,
  base: string,
  window: Omit<SearchWindow, 'ids'>,
): Promise<Reached> {
  const [node, below, above] = await Promise.all([
    nodeOrTarget(tree, base, window.deref),
    tree.search({ ...window, ids: [base] }),
    tree.walks.lineage([base]),
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
  const node = await tree.walks.atPath(path);
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
  { id, filter, values }: SearchQuery,
): Promise<readonly TreeNode[]> {
  if (id !== undefined || filter === undefined) return nodes;
  const targets = nodes.flatMap((node) => node.aliasOf ?? []);
  const paths = new Paths(targets.length === 0 ? [] : await tree.walks.lineage(targets));
  const passes = filterOf(filter, values);
  return nodes.filter((node) => passes(readableAttributes(node, paths)));
}

/** The parents of the nodes, and the targets of aliases, that are not among the known steps. */
function beyond(nodes: readonly TreeNode[], known: readonly PathStep[]): readonly string[] {
  const found = new Set(known.map(({ id }) => id));
  const wanted = nodes.flatMap(({ parentId, aliasOf }) => [parentId ?? [], aliasOf ?? []].flat());
  return [...new Set(wanted)].filter((id) => !found.has(id));
}
