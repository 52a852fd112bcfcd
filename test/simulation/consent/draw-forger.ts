/**
 * In a fifth of the worlds somebody with a user of the broker forges messages. In most of them the
 * services have the section `trust`, and everything is forged. In the others only decisions are
 * forged that no question came before, because these must have no effect without `trust` either.
 * The stream of random numbers is separate, so the rest of a seed's plan does not depend on these
 * draws.
 */
import type { TrustOptions } from '../../../config/trust-schema.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between } from './draw-tree.ts';
import { seedsBeforeForgers } from './regression-seeds.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `mutants/catching-seeds.ts`
 * that was there before has a forger, so these seeds keep their worlds.
 */
const forgerStream = 303;
const share = 0.2;
const trustedShare = 0.8;
const laterMaxMs = 3_000;
const forMs = { min: 2_000, max: 30_000 };

export function withForger(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, forgerStream);
  if (
    chance() >= share ||
    plan.calm ||
    plan.oldOwner !== undefined ||
    seedsBeforeForgers.has(plan.seed)
  )
    return plan;
  const isTrusted = chance() < trustedShare;
  const forging: ConsentOperation = {
    ...{ what: 'forge', name: 'f1', kinds: isTrusted ? 'all' : 'decisions' },
    ...{ atMs: between(chance, 0, laterMaxMs), forMs: between(chance, forMs.min, forMs.max) },
  };
  const operations = [...plan.operations, forging].sort((a, b) => a.atMs - b.atMs);
  return isTrusted ? { ...plan, operations, trust: trustIn(plan) } : { ...plan, operations };
}

/** Each service and old peer is a user of its own; the client speaks for old peers that leave. */
function trustIn({ services, peers }: ConsentPlan): TrustOptions {
  return {
    services: Object.fromEntries([
      ...services.map((name) => [name, [name]]),
      ...peers.map(({ name }) => [name, [name, 'client']]),
    ]),
    operators: ['client'],
    clients: { '*': ['client', 'rival'] },
  };
}
