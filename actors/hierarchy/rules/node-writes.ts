/**
 * The writes that create, change and lock nodes: ensureBase, add, modify, addAlias, lock.
 * `store-writes.ts` describes each write.
 *
 * 1. A write that adds, renames or moves a node locks the parent before it reads the siblings. So
 *    names stay unique, and exactly one sibling of a class is the default.
 * 2. `cn=system` is reserved for the tree. Below system and alias nodes nothing is added.
 * 3. Moves run one at a time, because two concurrent moves could make a circle.
 */
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { Attributes, HierarchyWrites } from '../store.ts';
import { type AttributeChange, attributeChange, changed, cnPointer } from './attributes.ts';
import { formatDn } from './dn.ts';
import { lockExpected, lockVersions } from './expectations.ts';
import type { SiblingFacts, TreeRows } from './rows.ts';
import { Paths } from './search-result.ts';
import {
  aliasClass,
  aliasTargetAttribute,
  checkedId,
  type NewNode,
  rootCn,
  sortIndexOf,
  systemCn,
  systemNodesOf,
  type TreeNode,
  takesChildren,
  treeOwned,
} from './tree-node.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];
type Expect<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['expect'];

export async function ensureBase(
  tree: TreeRows,
  { baseNode, ids: [rootId, baseId] }: Args<'ensureBase'>,
): Promise<void> {
  const root = await tree.ensureRoot(treeOwned(checkedId(rootId), null, rootCn, 'base'));
  if (await tree.named(root.id, baseNode)) return;
  await tree.lockNodes([root.id]);
  if (await tree.named(root.id, baseNode)) return;
  await tree.insert([treeOwned(checkedId(baseId), root.id, baseNode, 'base')]);
  await tree.raiseVersions([root.id]);
}

export async function add(tree: TreeRows, args: Args<'add'>, expect: Expect<'add'>): Promise<void> {
  const { id, parentId } = args;
  parentOf(await lockExpected(tree, [parentId], expect), parentId);
  const change = attributeChange(args.attributes);
  const cn = change.cn ?? id;
  const [taken, siblings] = await Promise.all([
    namesake(tree, parentId, cn, args),
    tree.siblings(parentId, args.objectClass),
  ]);
  refuseTaken(cn, taken);
  const node = await newNode(tree, args, cn, change, siblings);
  await tree.insert(args.systemNode ? [node, ...systemNodesOf(id)] : [node]);
  await tree.raiseVersions([parentId]);
}

/** One look at the siblings, and one statement for all nodes. */
export async function addAll(tree: TreeRows, { adds }: Args<'addAll'>): Promise<void> {
  const [{ parentId, objectClass } = { parentId: '', objectClass: '' }] = adds;
  parentOf(await lockExpected(tree, [parentId], null), parentId);
  const given = adds.map((args) => {
    const change = attributeChange(args.attributes);
    return { args, change, cn: change.cn ?? args.id };
  });
  const [taken, found] = await Promise.all([
    tree.namedAmong(
      [parentId],
      given.map(({ cn }) => cn),
    ),
    tree.siblings(parentId, objectClass),
  ]);
  const byName = new Map(taken.map((node) => [node.cn, node]));
  let siblings = found;
  const nodes: NewNode[] = [];
  for (const { args, change, cn } of given) {
    refuseTaken(cn, byName.get(cn));
    const node = nodeOf(args, cn, change, siblings, !siblings.hasDefault);
    nodes.push(node, ...(args.systemNode ? systemNodesOf(node.id) : []));
    siblings = { maxIndex: highest(siblings, node), hasDefault: true };
  }
  await tree.insert(nodes);
  await tree.raiseVersions([parentId]);
}

function highest({ maxIndex }: SiblingFacts, { attributes }: NewNode): number | null {
  const index = sortIndexOf(attributes);
  if (index === null || maxIndex === null) return index ?? maxIndex;
  return Math.max(index, maxIndex);
}

async function newNode(
  tree: TreeRows,
  args: Args<'add'>,
  cn: string,
  change: AttributeChange,
  siblings: SiblingFacts,
): Promise<NewNode> {
  return nodeOf(args, cn, change, siblings, await settleDefault(tree, args, siblings, change));
}

function nodeOf(
  { id, service, objectClass, parentId }: Args<'add'>,
  cn: string,
  change: AttributeChange,
  siblings: SiblingFacts,
  isDefault: boolean,
): NewNode {
  return {
    id: checkedId(id),
    parentId,
    cn,
    objectClass,
    kind: 'entity',
    service,
    attributes: { ...defaultAttributes(siblings), ...change.set },
    isDefault,
    aliasOf: null,
  };
}

function defaultAttributes({ maxIndex }: SiblingFacts): Attributes {
  return { prsActive: [true], prsIndex: [(maxIndex ?? 0) + 1] };
}

/**
 * Whether a node that is added or moved below the parent becomes the default of its class there.
 */
async function settleDefault(
  tree: TreeRows,
  { parentId, objectClass }: Pick<Args<'add'>, 'parentId' | 'objectClass'>,
  { hasDefault }: SiblingFacts,
  { prsDefault }: AttributeChange,
): Promise<boolean> {
  if (!hasDefault) return true;
  if (prsDefault !== true) return false;
  await tree.clearDefault(parentId, objectClass);
  return true;
}

export async function modify(
  tree: TreeRows,
  args: Args<'modify'>,
  expect: Expect<'modify'>,
): Promise<void> {
  const change = attributeChange(args.attributes);
  const moves = args.parentId !== undefined;
  if (moves) await tree.lockMoves();
  const node = await lockForChange(tree, args, expect);
  const target = args.parentId ?? node.parentId ?? '';
  if (moves && target !== node.parentId) await checkMove(tree, node, target);
  await replaceNode(tree, node, target, change, args);
}

/**
 * Locks the node, its parent and the new parent. The parent may change between the read and the
 * lock.
 */
async function lockForChange(
  tree: TreeRows,
  { id, parentId }: Args<'modify'>,
  expect: Expect<'modify'>,
): Promise<TreeNode> {
  const found = (await tree.nodes([id]))[0]?.parentId;
  const locked = await lockExpected(tree, [id, found ?? id, parentId ?? id], expect);
  const node = locked.get(id);
  if (node === undefined) throw new Refused('not-found', `there is no node ${id}`, { at: id });
  if (node.kind !== 'entity')
    throw new Refused('wrong-class', `node ${id} belongs to the tree`, { at: id });
  if (node.parentId !== found)
    throw new Conflict('expectation-failed', `node ${id} is being moved`, { at: id });
  if (parentId !== undefined) parentOf(locked, parentId);
  return node;
}

async function checkMove(tree: TreeRows, node: TreeNode, target: string): Promise<void> {
  const above = await tree.walks.lineage([target]);
  if (above.some((step) => step.id === node.id))
    throw new Refused('refused', `node ${node.id} cannot move into its own subtree`, {
      at: node.id,
    });
}

async function replaceNode(
  tree: TreeRows,
  node: TreeNode,
  target: string,
  change: AttributeChange,
  naming: Naming,
): Promise<void> {
  const moved = target !== node.parentId;
  const cn = change.cn ?? node.cn;
  if (moved || cn !== node.cn) {
    const taken = await namesake(tree, target, cn, naming, node.id);
    refuseTaken(cn, taken);
  }
  const isDefault = await defaultAfter(tree, node, target, change);
  await tree.replace({
    ...node,
    parentId: target,
    cn,
    isDefault,
    attributes: changed(node.attributes, change),
  });
  if (!moved) return;
  await tree.raiseVersions([node.parentId ?? '', target]);
  if (node.isDefault) await tree.promoteDefaults([node.parentId ?? '']);
}

/**
 * Whether the node is the default at its new place. Only another node can take the default over:
 * Refused for a default node with `prsDefault: false`.
 */
async function defaultAfter(
  tree: TreeRows,
  node: TreeNode,
  target: string,
  change: AttributeChange,
): Promise<boolean> {
  const stays = target === node.parentId;
  if (stays && node.isDefault && change.prsDefault === false)
    throw new Refused('refused', `${node.id} stays the default until a sibling becomes it`, {
      at: '/data/attributes/prsDefault',
    });
  if (stays && (node.isDefault || change.prsDefault !== true)) return node.isDefault;
  const place = { parentId: target, objectClass: node.objectClass };
  return settleDefault(tree, place, await tree.siblings(target, node.objectClass), change);
}

export async function addAlias(
  tree: TreeRows,
  { id, parentId, targetId, cn }: Args<'addAlias'>,
): Promise<void> {
  parentOf(await lockExpected(tree, [parentId], null), parentId);
  const name = attributeChange({ cn: [cn] }).cn ?? id;
  refuseTaken(name, await namesake(tree, parentId, name, {}));
  const lineage = await tree.walks.lineage([targetId]);
  const dn = new Paths(lineage).dn(targetId);
  if (dn === undefined)
    throw new Refused('not-found', `there is no node ${targetId}`, { at: targetId });
  const alias = {
    ...treeOwned(checkedId(id), parentId, name, 'alias'),
    objectClass: aliasClass,
    aliasOf: targetId,
  };
  await tree.insert([{ ...alias, attributes: { [aliasTargetAttribute]: [dn] } }]);
  await tree.raiseVersions([parentId]);
}

export async function adopt(
  tree: TreeRows,
  { nodeIds, service, objectClass }: Args<'adopt'>,
  expect: Expect<'adopt'>,
): Promise<void> {
  const found = await tree.nodes(nodeIds);
  const parents = [...new Set(found.flatMap(({ parentId }) => parentId ?? []))];
  await lockExpected(tree, [...nodeIds, ...parents], expect);
  const adopted = new Set(nodeIds);
  await tree.hand(nodeIds, service, objectClass);
  await tree.raiseVersions(parents.filter((id) => !adopted.has(id)));
  await tree.promoteDefaults(parents);
}

export async function lock(
  tree: TreeRows,
  _args: Args<'lock'>,
  expect: Expect<'lock'>,
): Promise<void> {
  await lockVersions(tree, expect);
}

/** @throws Refused when the parent does not exist or takes no children. */
function parentOf(locked: ReadonlyMap<string, TreeNode>, parentId: string): TreeNode {
  const parent = locked.get(parentId);
  if (parent === undefined)
    throw new Refused('not-found', `there is no node ${parentId}`, { at: parentId });
  if (!takesChildren(parent))
    throw new Refused('wrong-class', `nothing can be added below ${parent.kind} node ${parentId}`, {
      at: parentId,
    });
  return parent;
}

type Naming = Pick<Args<'add'>, 'anyCase'>;

/** The node below the parent that has the name already, other than `self`. */
async function namesake(
  tree: TreeRows,
  parentId: string,
  cn: string,
  { anyCase }: Naming,
  self?: string,
): Promise<TreeNode | undefined> {
  const exact = await tree.named(parentId, cn);
  if (anyCase !== true || exact !== undefined) return exact;
  const similar = await tree.namedInAnyCase(parentId, cn);
  return similar?.id === self ? undefined : similar;
}

function refuseTaken(cn: string, sibling: TreeNode | undefined): void {
  if (cn === systemCn)
    throw new Refused('name-taken', `the name ${formatDn([cn])} is reserved`, { at: cnPointer });
  if (sibling)
    throw new Refused('name-taken', `${formatDn([sibling.cn])} is there already: ${sibling.id}`, {
      at: cnPointer,
    });
}
