/**
 * The writes that create and change nodes: ensureBase, add, modify, addAlias. `store-writes.ts`
 * describes each write.
 *
 * 1. A write that adds, renames or moves locks the parent before it reads the siblings. So names
 *    stay unique, and exactly one sibling of a class is the default.
 * 2. `cn=system` is reserved for the tree. Below system and alias nodes nothing is added.
 * 3. Moves run one at a time, because two concurrent moves could make a circle.
 */
import { Conflict, Refused } from '../../../runtime/ports/errors.ts';
import type { Attributes, HierarchyWrites } from '../store.ts';
import { type AttributeChange, attributeChange, changed } from './attributes.ts';
import { formatDn } from './dn.ts';
import { expectUnheld, lockExpected, lockExpectedLinks } from './expectations.ts';
import type { HierarchyRows, SiblingFacts } from './rows.ts';
import { Paths } from './search-result.ts';
import {
  aliasClass,
  aliasTargetAttribute,
  checkedId,
  type NewNode,
  rootCn,
  systemCn,
  systemNodesOf,
  type TreeNode,
  takesChildren,
  treeOwned,
} from './tree-node.ts';

type Args<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['args'];
type Expect<Op extends keyof HierarchyWrites> = HierarchyWrites[Op]['expect'];

export async function ensureBase(
  { tree }: HierarchyRows,
  { baseNode, ids: [rootId, baseId] }: Args<'ensureBase'>,
): Promise<void> {
  const root = await tree.ensureRoot(treeOwned(checkedId(rootId), null, rootCn, 'base'));
  if (await tree.named(root.id, baseNode)) return;
  await tree.lockNodes([root.id]);
  if (await tree.named(root.id, baseNode)) return;
  await tree.insert([treeOwned(checkedId(baseId), root.id, baseNode, 'base')]);
  await tree.raiseEpochs([root.id]);
}

export async function add(
  rows: HierarchyRows,
  args: Args<'add'>,
  expect: Expect<'add'>,
): Promise<void> {
  const { id, service, parentId, dependsOn } = args;
  const parent = parentOf(await lockExpected(rows, [parentId], expect), parentId);
  await lockExpectedLinks(rows, service, dependsOn, expect);
  const change = attributeChange(args.attributes);
  const cn = change.cn ?? id;
  const [, namesake, siblings] = await Promise.all([
    expectUnheld(rows, parent.id, args.despite),
    rows.tree.named(parentId, cn),
    rows.tree.siblings(parentId, args.objectClass),
  ]);
  refuseTaken(cn, namesake);
  const node = await newNode(rows, args, cn, change, siblings);
  await rows.tree.insert(args.systemNode ? [node, ...systemNodesOf(id)] : [node]);
  await Promise.all([
    rows.tree.raiseEpochs([parentId]),
    rows.ledger.raiseLinks(service, dependsOn),
  ]);
}

async function newNode(
  rows: HierarchyRows,
  { id, service, objectClass, parentId }: Args<'add'>,
  cn: string,
  change: AttributeChange,
  siblings: SiblingFacts,
): Promise<NewNode> {
  const isDefault = await settleDefault(rows, { parentId, objectClass }, siblings, change);
  const full = { ...defaultAttributes(siblings), ...change.set };
  return {
    id: checkedId(id),
    parentId,
    cn,
    objectClass,
    kind: 'entity',
    service,
    attributes: full,
    isDefault,
    aliasOf: null,
  };
}

function defaultAttributes({ maxIndex }: SiblingFacts): Attributes {
  return { prsActive: [true], prsIndex: [(maxIndex ?? 0) + 1] };
}

/** Whether a node that arrives below the parent becomes the default of its class. */
async function settleDefault(
  { tree }: HierarchyRows,
  { parentId, objectClass }: { parentId: string; objectClass: string },
  { hasDefault }: SiblingFacts,
  { prsDefault }: AttributeChange,
): Promise<boolean> {
  if (!hasDefault) return true;
  if (prsDefault !== true) return false;
  await tree.clearDefault(parentId, objectClass);
  return true;
}

export async function modify(
  rows: HierarchyRows,
  args: Args<'modify'>,
  expect: Expect<'modify'>,
): Promise<void> {
  const change = attributeChange(args.attributes);
  const moves = args.parentId !== undefined;
  if (moves) await rows.tree.lockMoves();
  const node = await lockForChange(rows, args, expect);
  const target = args.parentId ?? node.parentId ?? '';
  await lockExpectedLinks(rows, args.service, args.dependsOn ?? [], expect);
  if (moves && target !== node.parentId) await checkMove(rows, node, target, args.despite);
  await replaceNode(rows, node, target, change);
  await rows.ledger.raiseLinks(args.service, args.dependsOn ?? []);
}

/**
 * Locks the node, its parent and the new parent. The parent may change between the read and the
 * lock.
 */
async function lockForChange(
  rows: HierarchyRows,
  { id, parentId }: Args<'modify'>,
  expect: Expect<'modify'>,
): Promise<TreeNode> {
  const found = (await rows.tree.nodes([id]))[0]?.parentId;
  const locked = await lockExpected(rows, [id, found ?? id, parentId ?? id], expect);
  const node = locked.get(id);
  if (node === undefined) throw new Refused('not-found', `there is no node ${id}`, { at: id });
  if (node.kind !== 'entity')
    throw new Refused('wrong-class', `node ${id} belongs to the tree`, { at: id });
  if (node.parentId !== found)
    throw new Conflict('expectation-failed', `node ${id} is being moved`, { at: id });
  if (parentId !== undefined) parentOf(locked, parentId);
  return node;
}

async function checkMove(
  rows: HierarchyRows,
  node: TreeNode,
  target: string,
  despite: readonly string[] | undefined,
): Promise<void> {
  const above = await rows.tree.lineage([target]);
  if (above.some((step) => step.id === node.id))
    throw new Refused('refused', `node ${node.id} cannot move into its own subtree`, {
      at: node.id,
    });
  await expectUnheld(rows, target, despite);
}

async function replaceNode(
  rows: HierarchyRows,
  node: TreeNode,
  target: string,
  change: AttributeChange,
): Promise<void> {
  const moved = target !== node.parentId;
  const cn = change.cn === undefined ? node.cn : (change.cn ?? node.id);
  if (moved || cn !== node.cn) await refuseTakenName(rows, target, cn);
  const isDefault = await defaultAfter(rows, node, target, change);
  await rows.tree.replace({
    ...node,
    parentId: target,
    cn,
    isDefault,
    attributes: changed(node.attributes, change),
  });
  if (!moved) return;
  await rows.tree.raiseEpochs([node.parentId ?? '', target]);
  if (node.isDefault) await rows.tree.promoteDefaults([node.parentId ?? '']);
}

/**
 * Whether the node is the default at its new place. Only another node can take the default over.
 */
async function defaultAfter(
  rows: HierarchyRows,
  node: TreeNode,
  target: string,
  change: AttributeChange,
): Promise<boolean> {
  if (target === node.parentId && (node.isDefault || change.prsDefault !== true))
    return node.isDefault;
  const place = { parentId: target, objectClass: node.objectClass };
  return settleDefault(rows, place, await rows.tree.siblings(target, node.objectClass), change);
}

export async function addAlias(
  rows: HierarchyRows,
  { id, parentId, targetId, cn }: Args<'addAlias'>,
): Promise<void> {
  parentOf(await lockExpected(rows, [parentId], null), parentId);
  const name = attributeChange({ cn: [cn] }).cn ?? id;
  await refuseTakenName(rows, parentId, name);
  const lineage = await rows.tree.lineage([targetId]);
  const dn = new Paths(lineage).dn(targetId);
  if (dn === undefined)
    throw new Refused('not-found', `there is no node ${targetId}`, { at: targetId });
  const alias = {
    ...treeOwned(checkedId(id), parentId, name, 'alias'),
    objectClass: aliasClass,
    aliasOf: targetId,
  };
  await rows.tree.insert([{ ...alias, attributes: { [aliasTargetAttribute]: [dn] } }]);
  await rows.tree.raiseEpochs([parentId]);
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

async function refuseTakenName(
  { tree }: HierarchyRows,
  parentId: string,
  cn: string,
): Promise<void> {
  refuseTaken(cn, await tree.named(parentId, cn));
}

function refuseTaken(cn: string, sibling: TreeNode | undefined): void {
  if (cn === systemCn)
    throw new Refused('name-taken', `the name ${formatDn([cn])} is reserved`, { at: 'cn' });
  if (sibling)
    throw new Refused('name-taken', `${formatDn([cn])} is there already: ${sibling.id}`, {
      at: 'cn',
    });
}
