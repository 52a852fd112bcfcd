/**
 * In some worlds of replays there are cards, some of them with a token, and some of them undeleted.
 * The stream of random numbers is separate, so the rest of a seed's plan does not depend on these
 * draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { cardServices } from '../consent/card-world.ts';
import type { ConsentOperation, ConsentPlan } from '../consent/consent-plan.ts';
import { between } from '../consent/draw-tree.ts';

const cardsStream = 7_717;
const share = 0.6;
const tokenShare = 0.5;
const ownerShare = 0.85;
const undeletedShare = 0.3;

export function withCards(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, cardsStream);
  const { operations, services } = plan;
  if (chance() >= share || services.includes(cardServices[2])) return plan;
  const drawn = Array.from({ length: between(chance, 1, 3) }, (_, at) => {
    const isOwners = chance() < ownerShare;
    const card: ConsentOperation = {
      ...{ what: 'card', name: `rc${at}`, atMs: 0, files: between(chance, 0, 2) },
      ...{ async: chance() < 0.3, isOwners, burns: isOwners && chance() < 0.3 },
      ...(chance() < tokenShare ? { hasToken: true } : {}),
    };
    return [card, ...(chance() < undeletedShare ? [undeletionOf(card)] : [])];
  });
  return {
    ...plan,
    services: [...services, ...cardServices],
    operations: [...operations, ...drawn.flat()],
  };
}

function undeletionOf({ name }: ConsentOperation): ConsentOperation {
  return { what: 'undelete', name: `${name}u`, card: name, atMs: 0 };
}
