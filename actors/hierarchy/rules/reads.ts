/**
 * The reads of the hierarchy store over the port `rows.ts`. `store-reads.ts` describes each result.
 *
 * 1. One read sees one snapshot, so the versions of a result belong to the other members of the
 *    result.
 * 2. Only nodes of services (`entity`) are held by sagas; base, system and alias nodes belong to
 *    the tree.
 * 3. The order of a result depends only on the tree, never on the order in which the port returns
 *    rows.
 */
import { Broken, Refused } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { shownLists } from '../../consent/given-attributes.ts';
import type { HierarchyReads } from '../store.ts';
import { adoptable } from './adoptable.ts';
import { visibleAttributes } from './attributes.ts';
import { dependants } from './dependants.ts';
import { detached } from './detachment.ts';
import { footprint } from './footprint.ts';
import { inIdOrder } from './id-order.ts';
import { linked } from './links.ts';
import { parentsFirst } from './parents-first.ts';
import type { TreeRows } from './rows.ts';
import { page, search } from './search.ts';
import {
  factsOf,
  isOwnNode,
  type PathStep,
  rootCn,
  type TreeNode,
  takesChildren,
} from './tree-node.ts';
import { refusalsOf } from './vetoes.ts';

type ReadOf<Op extends keyof HierarchyReads> = (
  tree: TreeRows,
  args: HierarchyReads[Op]['args'],
) => Promise<HierarchyReads[Op]['result']>;

const reads: { readonly [Op in keyof HierarchyReads]: ReadOf<Op> } = {
  search,
  page,
  nodes,
  adoptable,
  present,
  place,
  dependants,
  detached,
  footprint,
  listed,
  foreignBelow,
  upstream,
  needed,
  holders,
  linked,
  subtree,
};

/**
 * Whether the read makes all its look-ups at once, because no look-up needs the result of another
 * one.
 */
export function isSingleLook(op: string, args: Json): boolean {
  if (op === 'search' || op === 'page') return (args as Args<'search'>).id !== undefined;
  if (op === 'place') return (args as Args<'place'>).parentId !== undefined;
  if (op === 'nodes') return !(args as Args<'nodes'>).above;
  return singleLooks.has(op);
}

/** Whether a read with all its look-ups at once finds few nodes, however large the tree is. */
export function isSmallLook(op: string, args: Json): boolean {
  if (op === 'search' || op === 'page') return typeof (args as Args<'search'>).id === 'string';
  return op === 'place' || op === 'holders';
}

const singleLooks: ReadonlySet<string> = new Set<keyof HierarchyReads>([
  'present',
  'dependants',
  'detached',
  'footprint',
  'listed',
  'foreignBelow',
  'upstream',
  'needed',
  'holders',
  'linked',
  'subtree',
]);

/** @throws Broken for an unknown read. */
export async function performRead(tree: TreeRows, op: string, args: Json): Promise<Json> {
  if (!Object.hasOwn(reads, op))
    throw new Broken('broken', `the hierarchy store has no read "${op}"`);
  const read = reads[op as keyof HierarchyReads] as (
    tree: TreeRows,
    args: unknown,
  ) => Promise<unknown>;
  return (await read(tree, args)) as Json;
}

type Result<Op extends keyof HierarchyReads> = HierarchyReads[Op]['result'];
type Args<Op extends keyof HierarchyReads> = HierarchyReads[Op]['args'];

async function nodes(
  tree: TreeRows,
  { objectClass, ids, below, above, rules }: Args<'nodes'>,
): Promise<Result<'nodes'>> {
  const [named, reached] = await Promise.all([
    tree.nodes(ids),
    below ? tree.walks.contiguous(ids, objectClass) : undefined,
  ]);
  const { own, beneath } = reached ?? {
    own: named.filter((node) => isOwnNode(node, objectClass)),
    beneath: [],
  };
  const found = new Set(idsOf(named));
  const ownIds = new Set(idsOf(own));
  const lineage = above ? await tree.walks.lineage([...ownIds]) : [];
  const going = own.map((node) => ({ node, askedId: node.id }));
  return {
    nodes: parentsFirst(own, 0).map(({ node, depth }) => factsOf(node, depth)),
    absent: [...new Set(ids)].filter((id) => !found.has(id)),
    foreign: idsOf(named.filter((node) => !isOwnNode(node, objectClass))).sort(),
    above: idsOf(lineage)
      .filter((id) => !ownIds.has(id))
      .sort(),
    refusals: below ? refusalsOf({ going, staying: [], rules }) : [],
    ...(beneath.length === 0 ? {} : { beneath: inIdOrder(beneath) }),
  };
}

async function present(tree: TreeRows, { nodeIds }: Args<'present'>): Promise<Result<'present'>> {
  const found = await tree.heads(nodeIds);
  return parentsFirst(found, 0).map(({ node, depth }) => factsOf(node, depth));
}

async function place(
  tree: TreeRows,
  { parentId, baseNode, references, moving }: Args<'place'>,
): Promise<Result<'place'>> {
  if (parentId === undefined) return basePlace(tree, baseNode, references);
  const [base, lineage, known] = await Promise.all([
    tree.walks.atPath([rootCn, baseNode]),
    tree.walks.lineage([parentId]),
    tree.nodes([parentId, ...references]),
  ]);
  const parent = known.find(({ id }) => id === parentId);
  const isInside =
    moving === undefined ? {} : { isInside: lineage.some(({ id }) => id === moving) };
  return {
    parent: parent === undefined ? null : { ...identity(parent), isBase: parent.id === base?.id },
    above: idsAbove(parentId, parentsIn(lineage)),
    classes: classesOf(known),
    ...isInside,
  };
}

async function basePlace(
  tree: TreeRows,
  baseNode: string,
  references: readonly string[],
): Promise<Result<'place'>> {
  const base = await tree.walks.atPath([rootCn, baseNode]);
  const known = await tree.nodes(references);
  return {
    parent: base === undefined ? null : { ...identity(base), isBase: true },
    above: base?.parentId === null || base === undefined ? [] : [base.parentId],
    classes: classesOf(base === undefined ? known : [base, ...known]),
  };
}

async function listed(tree: TreeRows, { nodeIds }: Args<'listed'>): Promise<Result<'listed'>> {
  const [nodes, lineage] = await Promise.all([tree.nodes(nodeIds), tree.walks.lineage(nodeIds)]);
  const parents = parentsIn(lineage);
  return inIdOrder(nodes.filter(takesChildren)).map((node) => ({
    ...identity(node),
    above: idsAbove(node.id, parents),
  }));
}

function parentsIn(lineage: readonly PathStep[]): ReadonlyMap<string, string | null> {
  return new Map(lineage.map(({ id, parentId }) => [id, parentId]));
}

/** From the parent up to the root. */
function idsAbove(id: string, parents: ReadonlyMap<string, string | null>): readonly string[] {
  const above: string[] = [];
  for (let at = parents.get(id) ?? null; at !== null; at = parents.get(at) ?? null) above.push(at);
  return above;
}

async function subtree(
  tree: TreeRows,
  { objectClass, id, most }: Args<'subtree'>,
): Promise<Result<'subtree'>> {
  const [{ own, beneath }, lineage] = await Promise.all([
    tree.walks.contiguous([id], objectClass),
    tree.walks.lineage([id]),
  ]);
  if (own.length > most)
    throw new Refused(
      'answer-too-large',
      `${own.length} nodes stand at and below ${id}; allowed: at most ${most} in one copy`,
    );
  return {
    nodes: parentsFirst(own, 0).map(({ node }) => ({
      id: node.id,
      parentId: node.parentId,
      version: node.version,
      attributes: shownLists(visibleAttributes(node)),
    })),
    above: idsAbove(id, parentsIn(lineage)),
    beneath: inIdOrder(beneath),
  };
}

async function foreignBelow(
  tree: TreeRows,
  { nodeIds }: Args<'foreignBelow'>,
): Promise<Result<'foreignBelow'>> {
  const own = new Set(nodeIds);
  return inIdOrder((await tree.entitiesBelow(nodeIds)).filter(({ id }) => !own.has(id)));
}

async function upstream(
  tree: TreeRows,
  { nodeIds }: Args<'upstream'>,
): Promise<Result<'upstream'>> {
  return [...(await tree.mentions(nodeIds))].sort();
}

async function needed(
  tree: TreeRows,
  { service, ids, except }: Args<'needed'>,
): Promise<Result<'needed'>> {
  return [...(await tree.dependedOn(service, ids, except))].sort();
}

async function holders(tree: TreeRows, { texts }: Args<'holders'>): Promise<Result<'holders'>> {
  const found = inIdOrder(await tree.holders(texts));
  return found.map(({ id, service, attributes }) => ({ id, service, attributes }));
}

function idsOf(found: readonly { readonly id: string }[]): string[] {
  return found.map((node) => node.id);
}

function classesOf(found: readonly TreeNode[]): { readonly [nodeId: string]: string } {
  return Object.fromEntries(found.map(({ id, objectClass }) => [id, objectClass]));
}

function identity({ id, objectClass, version }: TreeNode): {
  id: string;
  objectClass: string;
  version: number;
} {
  return { id, objectClass, version };
}
