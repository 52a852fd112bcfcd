/**
 * A stored node of the tree, and the functions of one node alone.
 *
 * 1. `cn`, `objectClass` and `prsDefault` are columns; `attributes` holds everything else. A reader
 *    sees all of them as attributes.
 * 2. `kind` gives the role of a node in the tree. `objectClass` alone does not, because an entity
 *    without a class of its own is a `prsModelNode`, like the base and system nodes.
 * 3. The ids of the nodes `cn=system` and `cn=subscribers` are derived from their owner's id, so
 *    their creation needs no source of ids.
 */
import { v5 } from 'uuid';
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Subscription } from '../../consent/ledger/store.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import type { Attributes, AttributeValue, NodeFacts } from '../store.ts';

/**
 * `base`: the root and the entities' base nodes; `system`: `cn=system` and all nodes below;
 * `entity`: the nodes of the services.
 */
export type NodeKind = 'base' | 'entity' | 'system' | 'alias';

export type TreeNode = {
  readonly id: string;
  /** null: the root. */
  readonly parentId: string | null;
  readonly cn: string;
  readonly objectClass: string;
  readonly kind: NodeKind;
  /** The owning service; null for nodes of the tree itself. */
  readonly service: string | null;
  readonly attributes: Attributes;
  readonly isDefault: boolean;
  /** Target of an alias; the target may be removed. */
  readonly aliasOf: string | null;
  readonly version: number;
  /** Order of creation. */
  readonly seq: number;
};

/** A node before its insert; its version is 1. */
export type NewNode = Omit<TreeNode, 'version' | 'seq'>;

/** A node without its attributes: a saga needs no more of most nodes. */
export type NodeHead = Pick<
  TreeNode,
  'id' | 'parentId' | 'cn' | 'objectClass' | 'isDefault' | 'version' | 'seq'
>;

/** A node as one step of a path. */
export type PathStep = Pick<TreeNode, 'id' | 'parentId' | 'cn'>;

export const rootCn = 'prs';
export const systemCn = 'system';
export const subscribersCn = 'subscribers';
export const modelNodeClass = 'prsModelNode';
export const aliasClass = 'alias';
export const aliasTargetAttribute = 'aliasedObjectName';
/** The id of the node as an attribute, shown only to a reader that names the attribute. */
export const uuidAttribute = 'entryUUID';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const derivedIds = '1f2b4a86-3f0e-5d57-9c8a-6e1d2b7c9a10';

/** Ids of nodes are UUIDs in lower case. Any other text names no node. */
export function isNodeId(id: string): boolean {
  return uuid.test(id);
}

/**
 * @throws Broken for another form: the product makes the ids of new nodes, so another form is a
 * bug.
 */
export function checkedId(id: string): string {
  if (!isNodeId(id))
    throw new Broken('broken', `${JSON.stringify(id)} is no node id (a UUID in lower case)`, {
      at: 'id',
    });
  return id;
}

export function foreignNodeOf({ id, cn, objectClass, service, parentId }: TreeNode): ForeignNode {
  return { id, cn, objectClass, service: service ?? '', parentId: parentId ?? '' };
}

export function isOwnNode(node: TreeNode, objectClass: string): boolean {
  return node.kind === 'entity' && node.objectClass === objectClass;
}

/** Whether nodes of services may stand below the node. */
export function takesChildren(node: TreeNode): boolean {
  return node.kind === 'base' || node.kind === 'entity';
}

/** The nodes that hold a node's subscriptions. */
export function systemNodesOf(nodeId: string): readonly [system: NewNode, subscribers: NewNode] {
  const system = v5(`${nodeId}/${systemCn}`, derivedIds);
  return [
    treeOwned(system, nodeId, systemCn, 'system'),
    treeOwned(subscribersIdOf(nodeId), system, subscribersCn, 'system'),
  ];
}

/** The latest derived ids: the hash is the most expensive part of a look at a subscriber list. */
const subscribersIds = new Map<string, string>();
const subscribersIdsMax = 10_000;

export function subscribersIdOf(nodeId: string): string {
  const known = subscribersIds.get(nodeId);
  if (known !== undefined) return known;
  if (subscribersIds.size >= subscribersIdsMax) subscribersIds.clear();
  const derived = v5(`${nodeId}/${subscribersCn}`, derivedIds);
  subscribersIds.set(nodeId, derived);
  return derived;
}

/** A node that belongs to no service. */
export function treeOwned(
  id: string,
  parentId: string | null,
  cn: string,
  kind: NodeKind,
): NewNode {
  return {
    id,
    parentId,
    cn,
    objectClass: modelNodeClass,
    kind,
    service: null,
    attributes: {},
    isDefault: false,
    aliasOf: null,
  };
}

export function subscriptionNode(
  id: string,
  { nodeId, service, routingKey, generation, consent }: Subscription,
): NewNode {
  const attributes = {
    generation: [generation],
    consent: [consent],
    ...(routingKey === undefined ? {} : { routingKey: [routingKey] }),
  };
  return { ...treeOwned(checkedId(id), subscribersIdOf(nodeId), service, 'system'), attributes };
}

export function subscriptionOf(nodeId: string, node: TreeNode): Subscription {
  const routingKey = node.attributes['routingKey']?.[0];
  return {
    nodeId,
    service: node.cn,
    generation: Number(node.attributes['generation']?.[0]),
    consent: node.attributes['consent']?.[0] === true,
    ...(typeof routingKey === 'string' ? { routingKey } : {}),
  };
}

export function factsOf(
  { id, cn, objectClass, parentId, version }: NodeHead,
  depth: number,
): NodeFacts {
  return { id, cn, objectClass, parentId, version, depth };
}

/** Place among the siblings: the number in `prsIndex`, null when there is none. */
export function sortIndexOf(attributes: Attributes): number | null {
  const value: AttributeValue | undefined = attributes['prsIndex']?.[0];
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)
    ? Number(value)
    : null;
}
