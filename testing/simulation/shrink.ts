/**
 * Reduces a failing plan while the reduced plan still fails in the same way: fewer operations,
 * services and faults.
 *
 * 1. The result breaks the same invariant. The result need not be minimal.
 * 2. The number of runs is bounded.
 */
import { smallerMixes } from './fault-mix.ts';
import type { Plan } from './plan.ts';
import { type Outcome, runPlan } from './run-plan.ts';
import type { System } from './system.ts';

export interface Shrunk<P extends Plan> {
  readonly plan: P;
  readonly outcome: Outcome;
  readonly runs: number;
}

export async function shrink<P extends Plan>(
  system: System<P>,
  plan: P,
  outcome: Outcome,
  runsMax = 200,
): Promise<Shrunk<P>> {
  let best: Shrunk<P> = { plan, outcome, runs: 0 };
  for (let before: P | undefined; before !== best.plan && best.runs < runsMax; ) {
    before = best.plan;
    for (const smaller of smallerPlans(system, best.plan)) {
      if (best.runs >= runsMax) break;
      const found = await runPlan(system, smaller);
      const isSame =
        found.violation !== undefined && found.violation.invariant === outcome.violation?.invariant;
      best = isSame
        ? { plan: smaller, outcome: found, runs: best.runs + 1 }
        : { ...best, runs: best.runs + 1 };
      if (isSame) break;
    }
  }
  return best;
}

/** Candidates, the largest reduction first. */
function* smallerPlans<P extends Plan>(system: System<P>, plan: P): Generator<P> {
  const { operations } = plan;
  for (
    let size = Math.ceil(operations.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < operations.length; from += size) {
      yield {
        ...plan,
        operations: [...operations.slice(0, from), ...operations.slice(from + size)],
      };
    }
  }
  if (Object.keys(plan.processes ?? {}).length > 0) yield { ...plan, processes: {} };
  for (const service of plan.services) {
    const without = system.without?.(plan, service);
    if (without !== undefined) yield without;
  }
  for (const faults of smallerMixes(plan.faults)) yield { ...plan, faults };
}
