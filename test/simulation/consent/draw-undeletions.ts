/**
 * In some worlds with cards an owner undeletes a card: before the decision, while its files are in
 * quarantine, or after. The stream of random numbers is separate, so the rest of a seed's plan does
 * not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between } from './draw-tree.ts';

/** The stream of the seed for this file. */
const undeletionsStream = 191;
const share = 0.7;
const soonShare = 0.5;
const soonMs = 1_500;
const lateMs = 30_000;

export function withUndeletions(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, undeletionsStream);
  const undeletions = plan.operations.flatMap((operation): readonly ConsentOperation[] => {
    if (operation.what !== 'card' || chance() >= share) return [];
    const afterMs = between(chance, 0, chance() < soonShare ? soonMs : lateMs);
    const { name: card, atMs } = operation;
    return [{ what: 'undelete', name: `${card}u`, card, atMs: atMs + afterMs }];
  });
  if (undeletions.length === 0) return plan;
  const operations = [...plan.operations, ...undeletions].sort((a, b) => a.atMs - b.atMs);
  return { ...plan, operations };
}
