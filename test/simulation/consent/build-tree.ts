/**
 * Writes a planned hierarchy into the store before the run: nodes, subscriptions and links.
 */
import {
  type Attributes,
  type HierarchyWrites,
  hierarchyWrite,
} from '../../../actors/hierarchy/store.ts';
import { baseNodeId, rootNodeId } from '../../../actors/model-crud/base-ids.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { ConsentPlan, PlannedNode } from './consent-plan.ts';
import { classes, type Entity, entities, serviceOf } from './entities.ts';
import { idOf } from './names.ts';

/** Ids of subscriptions, used only here. */
function subscriptionId(count: number): string {
  return `ffffffff-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
}

/** The writes, in order. */
export function treeWrites({ tree, peers }: Pick<ConsentPlan, 'tree' | 'peers'>): readonly Write[] {
  const entityOf = new Map(tree.map(({ name, entity }) => [name, entity]));
  const dependences = tree.flatMap((node) => dependencesOf(node, entityOf));
  const writes: Write[] = entities.map((entity) =>
    hierarchyWrite('ensureBase', { baseNode: entity, ids: [rootNodeId, baseNodeId(entity)] }, null),
  );
  writes.push(...tree.map((node) => addWrite(node, entityOf)));
  const subscribed = [
    ...new Map(dependences.map((one) => [`${one.service} ${one.nodeId}`, one])).values(),
  ];
  for (const { service, nodeId } of subscribed)
    writes.push(hierarchyWrite('link', { service, nodeId, generation: 1 }, null));
  writes.push(
    ...tree
      .filter(({ later }) => Object.keys(later).length > 0)
      .map((node) => modifyWrite(node, entityOf)),
  );
  const old = peers.flatMap(({ name, directed, nodes }) =>
    nodes.map((node) => ({
      subscriber: name,
      nodeId: idOf(node),
      generation: 0,
      consent: false,
      ...(directed ? { routingKey: name } : {}),
    })),
  );
  const young = subscribed.map(({ service, nodeId }) => ({
    subscriber: service,
    nodeId,
    generation: 1,
    consent: true,
  }));
  const subscriptions: readonly Omit<HierarchyWrites['subscribe']['args'], 'id'>[] = [
    ...young,
    ...old,
  ];
  writes.push(
    ...subscriptions.map((one, at) =>
      hierarchyWrite('subscribe', { id: subscriptionId(at), ...one }, { epochs: {} }),
    ),
  );
  return writes;
}

/** The nodes of other entities that a node depends on: its parent and its references. */
function dependencesOf(
  node: PlannedNode,
  entityOf: ReadonlyMap<string, Entity>,
): readonly { service: string; nodeId: string }[] {
  const named = [
    ...(node.parent === undefined ? [] : [node.parent]),
    ...Object.values(node.references),
    ...Object.values(node.later),
  ];
  return named
    .filter((name) => isForeign(node, name, entityOf))
    .map((name) => ({ service: serviceOf(node.entity), nodeId: idOf(name) }));
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

function addWrite(node: PlannedNode, entityOf: ReadonlyMap<string, Entity>): Write {
  const { name, entity, parent, references } = node;
  const foreign = [...(parent === undefined ? [] : [parent]), ...Object.values(references)].filter(
    (one) => isForeign(node, one, entityOf),
  );
  const args = {
    ...{
      id: idOf(name),
      service: serviceOf(entity),
      objectClass: classes[entity],
      systemNode: true,
    },
    parentId: parent === undefined ? baseNodeId(entity) : idOf(parent),
    attributes: { cn: [name], ...attributesOf(references) },
    dependsOn: foreign.map(idOf),
  };
  return hierarchyWrite('add', args, { epochs: {} });
}

function modifyWrite(node: PlannedNode, entityOf: ReadonlyMap<string, Entity>): Write {
  const { name, entity, later } = node;
  const dependsOn = Object.values(later)
    .filter((one) => isForeign(node, one, entityOf))
    .map(idOf);
  return hierarchyWrite(
    'modify',
    { id: idOf(name), service: serviceOf(entity), attributes: attributesOf(later), dependsOn },
    { epochs: {} },
  );
}
