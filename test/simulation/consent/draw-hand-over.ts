/**
 * In the plan of some seeds the services of a database share a process, which hands messages over
 * within its batches. The stream of random numbers is separate, so the plans of other seeds do not
 * depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';

/** The stream of the seed for this file; other parts of a plan use other streams. */
const handOverStream = 41;
const share = 0.3;

/** All messages, most of them, or some of them. */
const shares = [1, 0.9, 0.5] as const;

export function withHandOver(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, handOverStream);
  if (chance() >= share) return plan;
  return { ...plan, handOver: shares[Math.floor(chance() * shares.length)] as number };
}
