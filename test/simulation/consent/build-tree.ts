/**
 * Writes a planned hierarchy into the store before the run: nodes, subscriptions and links.
 */
import { ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import { type Attributes, hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import { baseNodeId, rootNodeId } from '../../../actors/model-crud/base-ids.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { ConsentPlan, PlannedNode } from './consent-plan.ts';
import { contractsName } from './contracts.ts';
import { classes, type Entity, entities, serviceOf } from './entities.ts';
import { linkWrites } from './links.ts';
import { filesAttribute, idOf } from './names.ts';
import { ordersName } from './orders.ts';

/** Ids of subscriptions, used only here. */
function subscriptionId(count: number): string {
  return `ffffffff-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
}

/** The writes, in order. */
export function treeWrites({
  tree,
  peers,
  orders,
  contracts,
  files,
  links,
}: Pick<
  ConsentPlan,
  'tree' | 'peers' | 'orders' | 'contracts' | 'files' | 'links'
>): readonly Write[] {
  const entityOf = new Map(tree.map(({ name, entity }) => [name, entity]));
  const dependences = tree.flatMap((node) => dependencesOf(node, entityOf));
  const writes: Write[] = entities.map((entity) =>
    hierarchyWrite('ensureBase', { baseNode: entity, ids: [rootNodeId, baseNodeId(entity)] }, null),
  );
  writes.push(...tree.map((node) => addWrite(node, files?.urls[node.name] ?? [])));
  writes.push(...linkWrites(links));
  const subscribed = [
    ...new Map(dependences.map((one) => [`${one.service} ${one.nodeId}`, one])).values(),
  ];
  for (const { service, nodeId, entity } of subscribed)
    writes.push(ledgerWrite('link', { service, nodeId, generation: 1, entity }, null));
  writes.push(...tree.filter(({ later }) => Object.keys(later).length > 0).map(modifyWrite));
  const old = peers.flatMap(({ name, directed, nodes }) =>
    nodes.map((node) => ({
      subscriber: name,
      nodeId: idOf(node),
      generation: 0,
      consent: false,
      ...(directed ? { routingKey: name } : {}),
    })),
  );
  const ordered = subscriptionsOf(ordersName, orders.rows);
  const contracted = subscriptionsOf(contractsName, contracts);
  const young = [...subscribed, ...ordered, ...contracted].map(({ service, nodeId }) => ({
    subscriber: service,
    nodeId,
    generation: 1,
    consent: true,
  }));
  const inTree = new Set(tree.map(({ name }) => idOf(name)));
  const ownerOf = new Map([
    ...tree.map(({ name, entity }) => [idOf(name), serviceOf(entity)] as const),
    ...contracts.map(({ name }) => [idOf(name), contractsName] as const),
  ]);
  for (const [at, one] of [...young, ...old].entries()) {
    const service = ownerOf.get(one.nodeId) ?? '';
    writes.push(ledgerWrite('subscribe', { service, above: [], ...one }, { epochs: {} }));
    // The lists of an owner without a tree are in the ledger only.
    if (inTree.has(one.nodeId))
      writes.push(hierarchyWrite('list', { id: subscriptionId(at), ...one }, null));
  }
  return writes;
}

/** One subscription for each node that rows of the service name. */
function subscriptionsOf(
  service: string,
  rows: readonly { readonly node: string }[],
): readonly { readonly service: string; readonly nodeId: string }[] {
  return [...new Set(rows.map(({ node }) => node))].map((node) => ({
    service,
    nodeId: idOf(node),
  }));
}

/** The nodes of other entities that a node depends on: its parent and its references. */
function dependencesOf(
  node: PlannedNode,
  entityOf: ReadonlyMap<string, Entity>,
): readonly { service: string; nodeId: string; entity: Entity }[] {
  const named = [
    ...(node.parent === undefined ? [] : [node.parent]),
    ...Object.values(node.references),
    ...Object.values(node.later),
  ];
  return named
    .filter((name) => isForeign(node, name, entityOf))
    .map((name) => ({
      service: serviceOf(node.entity),
      nodeId: idOf(name),
      entity: entityOf.get(name) ?? node.entity,
    }));
}

function isForeign(
  { entity }: PlannedNode,
  name: string,
  entityOf: ReadonlyMap<string, Entity>,
): boolean {
  return entityOf.get(name) !== entity;
}

function attributesOf(references: Readonly<Record<string, string>>): Attributes {
  return Object.fromEntries(
    Object.entries(references).map(([attribute, name]) => [attribute, [idOf(name)]]),
  );
}

function addWrite(
  { name, entity, parent, references }: PlannedNode,
  urls: readonly string[],
): Write {
  const args = {
    id: idOf(name),
    service: serviceOf(entity),
    objectClass: classes[entity],
    systemNode: true,
    parentId: parent === undefined ? baseNodeId(entity) : idOf(parent),
    attributes: {
      ...{ cn: [name], ...attributesOf(references) },
      ...(urls.length === 0 ? {} : { [filesAttribute]: urls }),
    },
  };
  return hierarchyWrite('add', args, null);
}

function modifyWrite({ name, later }: PlannedNode): Write {
  const args = { id: idOf(name), attributes: attributesOf(later) };
  return hierarchyWrite('modify', args, { versions: {} });
}
