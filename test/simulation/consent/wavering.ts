/**
 * Where an old peer may take its word back at once: where its two answers are taken in the order in which it gave them. Two processes
 * take them in either, and so does one whose journal fails for the first of them.
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
