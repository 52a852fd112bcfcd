/**
 * In the plan of some seeds an old owner keeps the objects in place of their service. The stream of
 * random numbers is separate, so the plans of other seeds do not depend on these draws.
 *
 * 1. The old owner keeps only plain objects: nodes with dependences of their own would be asked
 *    about, and an old owner cannot answer.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between } from './draw-tree.ts';
import { type Entity, serviceOf } from './entities.ts';

/** The stream of the seed for this file; other parts of a plan use the streams before it. */
const oldOwnerStream = 9;
const share = 0.3;
const deletesMax = 3;
const windowMs = 10_000;
const entity: Entity = 'objects';

export function withOldOwner(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, oldOwnerStream);
  if (
    chance() >= share ||
    plan.shape !== 'plain' ||
    plan.calm ||
    !plan.services.includes(serviceOf(entity))
  )
    return plan;
  const peers = plan.peers.filter((peer) => peer.entity !== entity);
  const isLeft = (operation: ConsentOperation): boolean => {
    if ('peer' in operation) return peers.some(({ name }) => name === operation.peer);
    return (
      !('entity' in operation && operation.entity === entity) &&
      !('service' in operation && operation.service === serviceOf(entity))
    );
  };
  const operations = [...plan.operations.filter(isLeft), ...drawDeletes(chance, plan)];
  return {
    ...{ ...plan, peers, oldOwner: entity },
    services: plan.services.filter((name) => name !== serviceOf(entity)),
    operations: operations.sort((a, b) => a.atMs - b.atMs),
  };
}

function drawDeletes(chance: Chance, { tree }: ConsentPlan): readonly ConsentOperation[] {
  const own = tree.filter((node) => node.entity === entity);
  const drawn = own.filter(() => chance() < 0.6).slice(0, deletesMax);
  return drawn.map(({ name: node }, at) => ({
    name: `o${at}`,
    atMs: between(chance, 0, windowMs),
    what: 'old delete',
    node,
  }));
}
