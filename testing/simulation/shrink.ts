/**
 * Makes a failing plan smaller while it still fails in the same way: fewer operations, fewer services, fewer faults.
 *
 * 1. What comes out breaks the same invariant. It need not be the smallest there is.
 * 2. No more than so many runs are made.
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

/** From those that take most away to those that take least. */
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
