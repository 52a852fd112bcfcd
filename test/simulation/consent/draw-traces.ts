/**
 * In some worlds most services make spans, and requests bring the context of a trace, a malformed one
 * or none. The stream of random numbers is separate, so the rest of a seed's plan does not depend on
 * these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentPlan } from './consent-plan.ts';
import { ownNames } from './own-names.ts';

const tracesStream = 207;
const share = 0.1;
const tracedShare = 0.8;
const contexts = { present: 0.6, malformed: 0.8 };

export function withTraces(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, tracesStream);
  if (chance() >= share) return plan;
  // A process makes spans for all of its services, or for none.
  const isShared = plan.handOver !== undefined;
  const services = plan.services.filter(() => chance() < tracedShare || isShared);
  const alone = ownNames(plan);
  const requests: Record<string, 'present' | 'malformed'> = {};
  for (const operation of plan.operations) {
    if (operation.what !== 'delete' || operation.oneWay) continue;
    if (!alone.has(operation.name)) continue;
    const drawn = chance();
    if (drawn < contexts.present) requests[operation.name] = 'present';
    else if (drawn < contexts.malformed) requests[operation.name] = 'malformed';
  }
  return { ...plan, traces: { services, requests } };
}
