/**
 * In some worlds without other files, cards and the nodes of one entity list the same files. The
 * cards, the nodes and the file remover have one database, and a node is often deleted about when
 * its card is. No card is undeleted there: a node that goes while its card comes back may take the
 * file along, as `docs/operating.md` says. The stream of random numbers is separate, so the rest of
 * a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { type CardOperation, cardServices, fileOfCard } from './card-world.ts';
import type { ConsentOperation, ConsentPlan, PlannedNode } from './consent-plan.ts';
import { drawTime } from './draw-orders.ts';
import { between, oneOf } from './draw-tree.ts';
import { type Entity, entities, serviceOf } from './entities.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has shared files, so these seeds keep their worlds.
 */
const sharedStream = 37;
const share = 0.06;
const pairsMax = 3;
const togetherShare = 0.8;
const togetherMs = 3_000;
const killShare = 0.4;

export function withSharedFiles(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, sharedStream);
  const hasFiles = plan.services.includes(cardServices[2]);
  if (chance() >= share || plan.calm || hasFiles) return plan;
  const entity = oneOf(
    chance,
    entities.filter((one) => plan.services.includes(serviceOf(one)) && one !== plan.oldOwner),
  );
  const nodes = plan.tree.filter((node) => node.entity === entity).slice(0, pairsMax);
  if (entity === undefined || nodes.length === 0) return plan;
  return withCards(chance, plan, entity, nodes);
}

/** A card for each of the nodes. */
function withCards(
  chance: Chance,
  plan: ConsentPlan,
  entity: Entity,
  nodes: readonly PlannedNode[],
): ConsentPlan {
  const cards = nodes.map(({ name }, at) => drawCard(chance, plan, name, at));
  const urls = Object.fromEntries(
    nodes.map(({ name }, at) => [name, [fileOfCard(cards[at] as CardOperation, 0)]]),
  );
  const together = cards.flatMap((card, at) => alike(chance, card, nodes[at] as PlannedNode, at));
  const more = [...cards, ...together, ...kills(chance, plan)];
  return {
    ...plan,
    files: { entity, urls, ofCards: true },
    services: [...plan.services, ...cardServices],
    operations: [...plan.operations, ...more].sort((a, b) => a.atMs - b.atMs),
  };
}

function drawCard(chance: Chance, plan: ConsentPlan, node: string, at: number): CardOperation {
  const atMs = drawTime(chance, plan, node);
  const how = { async: chance() < 0.5, isOwners: chance() < 0.8, burns: false };
  return { what: 'card', name: `f${at + 1}`, atMs, files: between(chance, 1, 2), ...how };
}

/** The deletion of the node, before or after that of the card. */
function alike(
  chance: Chance,
  card: CardOperation,
  { name, entity }: PlannedNode,
  at: number,
): readonly ConsentOperation[] {
  if (chance() >= togetherShare) return [];
  const atMs = Math.max(0, card.atMs + between(chance, -togetherMs, togetherMs));
  const deletion = { what: 'delete', name: `f${at + 1}d`, entity, nodes: [name] } as const;
  return [{ ...deletion, oneWay: false, atMs }];
}

function kills(chance: Chance, plan: ConsentPlan): readonly ConsentOperation[] {
  if (chance() >= killShare) return [];
  const service = oneOf(chance, [cardServices[0], cardServices[2]]) ?? cardServices[2];
  const atMs = drawTime(chance, plan, undefined);
  return [{ what: 'kill', name: 'fk', service, atMs, downMs: between(chance, 1, 20_000) }];
}
