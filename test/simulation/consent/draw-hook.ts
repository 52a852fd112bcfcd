/**
 * In some worlds another system is asked over HTTP about every node (`consent.always_ask`), or a
 * participant reads and cleans rows in it. The stream of random numbers is separate, so the rest of a seed's plan does not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { drawTime } from './draw-orders.ts';
import { between } from './draw-tree.ts';
import { hookName } from './hook.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has a webhook, so these seeds keep their worlds.
 */
const hookStream = 180;
/** Under this number the seed of the webhook's mutant has a webhook. */
const readStream = 3_001;
const share = 0.15;
const readShare = 0.5;
const refusedShare = 0.08;
const killShare = 0.25;

export function withHook(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, hookStream);
  if (chance() >= share || plan.calm || plan.oldOwner !== undefined) return plan;
  const refuses = plan.tree.filter(() => chance() < refusedShare).map(({ name }) => name);
  const isRead = seededChance(plan.seed, readStream)() < readShare;
  const kills: readonly ConsentOperation[] =
    chance() < killShare
      ? [
          {
            ...{ what: 'kill', name: 'h', service: hookName },
            ...{ atMs: drawTime(chance, plan, undefined), downMs: between(chance, 1, 20_000) },
          },
        ]
      : [];
  return {
    ...plan,
    hook: { refuses, ...(isRead ? { isRead } : {}) },
    services: [...plan.services, hookName],
    operations: [...plan.operations, ...kills].sort((a, b) => a.atMs - b.atMs),
  };
}
