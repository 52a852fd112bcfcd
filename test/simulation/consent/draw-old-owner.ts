/**
 * In the plan of some seeds an old owner keeps the objects, in the place of their service. From a stream of its own, so that the plans
 * of all other seeds do not depend on it.
 *
 * 1. Objects, and only in the plain shape: what depends on others of its own accord would be asked about, and cannot answer.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between } from './draw-tree.ts';
import { type Entity, serviceOf } from './entities.ts';

/** Of the seed; the other parts of a plan take those before it. */
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
