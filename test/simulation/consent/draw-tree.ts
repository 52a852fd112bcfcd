/** Draws a hierarchy: a few nodes of each entity, with parents and references among each other. */
import type { Chance } from '../../../runtime/ports/chance.ts';
import type { PlannedNode } from './consent-plan.ts';
import { type Entity, parents, type Reference, referencesOf, type Shape } from './entities.ts';

export function oneOf<T>(chance: Chance, values: readonly T[]): T | undefined {
  return values[Math.floor(chance() * values.length)];
}

/** A whole number from min to max, both included. */
export function between(chance: Chance, min: number, max: number): number {
  return min + Math.floor(chance() * (max - min + 1));
}

const nodesMax = 9;

export function drawTree(
  chance: Chance,
  entities: readonly Entity[],
  shape: Shape,
): readonly PlannedNode[] {
  const references = referencesOf(shape);
  const nodes: PlannedNode[] = [];
  const count = between(chance, entities.length, nodesMax);
  for (let at = 0; at < count; at += 1) {
    const entity = entities[at] ?? (oneOf(chance, entities) as Entity);
    nodes.push({
      ...drawNode(chance, `${entity[0]}${at + 1}`, entity, nodes, references),
      later: {},
    });
  }
  if (shape === 'crossed')
    for (const [at, node] of nodes.entries())
      nodes[at] = { ...node, later: drawLater(chance, node, nodes, references) };
  return nodes;
}

/** A node with a drawn parent and references among the present nodes. */
export function drawNode(
  chance: Chance,
  name: string,
  entity: Entity,
  nodes: readonly Pick<PlannedNode, 'name' | 'entity'>[],
  references: readonly Reference[],
): Omit<PlannedNode, 'later'> {
  const above = nodes.filter((node) => parents[entity].includes(node.entity));
  const parent = chance() < 0.85 ? oneOf(chance, above)?.name : undefined;
  const refers = drawReferences(chance, entity, nodes, references, 0.5);
  return { name, entity, references: refers, ...(parent === undefined ? {} : { parent }) };
}

function drawReferences(
  chance: Chance,
  entity: Entity,
  nodes: readonly Pick<PlannedNode, 'name' | 'entity'>[],
  references: readonly Reference[],
  share: number,
): Readonly<Record<string, string>> {
  const drawn: Record<string, string> = {};
  for (const { from, attribute, to } of references) {
    if (from !== entity || chance() >= share) continue;
    const target = oneOf(
      chance,
      nodes.filter((node) => node.entity === to),
    );
    if (target !== undefined) drawn[attribute] = target.name;
  }
  return drawn;
}

/** References that close circles of dependence. */
function drawLater(
  chance: Chance,
  node: PlannedNode,
  nodes: readonly PlannedNode[],
  references: readonly Reference[],
): Readonly<Record<string, string>> {
  const open = references.filter(({ attribute }) => node.references[attribute] === undefined);
  return drawReferences(chance, node.entity, nodes, open, 0.3);
}
