/**
 * The places where an old peer may change its answer at once: where the two answers are handled in
 * their order. Two processes may handle them in any order, and so may a process whose journal fails
 * for the first answer.
 */
import type { ConsentPlan } from './consent-plan.ts';
import { serviceOf } from './entities.ts';

export function waveringInOrder(plan: ConsentPlan): ConsentPlan {
  const { refused, unanswered, cut } = plan.faults.journal;
  const fails = refused + unanswered + cut > 0;
  const peers = plan.peers.map((peer) => ({
    ...peer,
    wavers: peer.wavers && !fails && plan.processes?.[serviceOf(peer.entity)] === undefined,
  }));
  return { ...plan, peers };
}
