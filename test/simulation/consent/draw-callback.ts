/**
 * In some worlds with cards somebody is told the ends of transactions (`transactions.callback`). The
 * stream of random numbers is separate, so the rest of a seed's plan does not depend on this draw.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { cardServices } from './card-world.ts';
import type { ConsentPlan } from './consent-plan.ts';

/** The stream of the seed for this file. */
const callbackStream = 5_003;
const share = 0.5;

export function withCallback(plan: ConsentPlan): ConsentPlan {
  const isTold = seededChance(plan.seed, callbackStream)() < share;
  return isTold && plan.services.includes(cardServices[1]) ? { ...plan, callback: true } : plan;
}
