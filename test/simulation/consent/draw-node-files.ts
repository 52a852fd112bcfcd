/**
 * In some worlds the nodes of one entity list files, which the file remover removes when the nodes
 * are gone; some nodes share a file, and are often deleted about the same time. The stream of random
 * numbers is separate, so the rest of a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { cardServices } from './card-world.ts';
import type { ConsentOperation, ConsentPlan, PlannedNode } from './consent-plan.ts';
import { drawTime } from './draw-orders.ts';
import { between, oneOf } from './draw-tree.ts';
import { entities, serviceOf } from './entities.ts';
import { removerName } from './node-files.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has files of nodes, so these seeds keep their worlds.
 */
const filesStream = 5_145;
const share = 0.15;
const sharedShare = 0.6;
const togetherShare = 0.5;
const togetherMs = 200;
const killShare = 0.4;
const filesMax = 2;

export function withNodeFiles(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, filesStream);
  if (chance() >= share || plan.services.includes(cardServices[2])) return plan;
  const entity = oneOf(
    chance,
    entities.filter((one) => plan.services.includes(serviceOf(one)) && one !== plan.oldOwner),
  );
  if (entity === undefined) return plan;
  const nodes = plan.tree.filter((node) => node.entity === entity);
  const shared = nodes.length > 1 && chance() < sharedShare ? nodes.slice(0, 2) : [];
  const urls = Object.fromEntries(
    nodes.map(({ name }) => [
      name,
      [
        ...Array.from({ length: between(chance, 0, filesMax) }, (_, at) => urlOf(name, at)),
        ...(shared.some((node) => node.name === name) ? [urlOf('shared', 0)] : []),
      ],
    ]),
  );
  const more = [...together(chance, plan, shared), ...kills(chance, plan)];
  return {
    ...plan,
    files: { entity, urls },
    services: [...plan.services, removerName],
    operations: [...plan.operations, ...more].sort((a, b) => a.atMs - b.atMs),
  };
}

/** Deletions of the nodes that share a file, about the same time. */
function together(
  chance: Chance,
  plan: ConsentPlan,
  shared: readonly PlannedNode[],
): readonly ConsentOperation[] {
  if (shared.length === 0 || chance() >= togetherShare) return [];
  const atMs = drawTime(chance, plan, undefined);
  return shared.map(({ name: node, entity }, at) => ({
    ...{ what: 'delete', name: `q${at + 1}`, entity, nodes: [node], oneWay: false },
    atMs: atMs + between(chance, 0, togetherMs),
  }));
}

function kills(chance: Chance, plan: ConsentPlan): readonly ConsentOperation[] {
  if (chance() >= killShare) return [];
  const atMs = drawTime(chance, plan, undefined);
  const downMs = between(chance, 1, 20_000);
  return [{ what: 'kill', name: 'qk', service: removerName, atMs, downMs }];
}

function urlOf(name: string, at: number): string {
  return `file:///of-nodes/${name}/${at}`;
}
