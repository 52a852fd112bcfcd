/** Planned crashes: each waits until a process reaches a failpoint. */
import type { FailpointName } from '../../runtime/ports/failpoints.ts';

/** A crash planned by `simulation.crashAt`. */
export interface PlannedCrash {
  readonly service: string;
  readonly at: FailpointName;
  /** True after the process was killed at the failpoint. */
  readonly happened: boolean;
}

interface Plan extends PlannedCrash {
  happened: boolean;
  left: number;
}

export class PlannedCrashes {
  #plans: Plan[] = [];

  /**
   * Kills the process of `service` when the process reaches `at` for the `nth` time after this
   * call.
   */
  plan(service: string, at: FailpointName, nth: number): PlannedCrash {
    const plan = { service, at, left: nth, happened: false };
    this.#plans.push(plan);
    return plan;
  }

  /** Whether a plan kills the process at this failpoint. */
  isDue(service: string, name: FailpointName): boolean {
    const meant = this.#plans.filter((plan) => plan.service === service && plan.at === name);
    for (const plan of meant) plan.left -= 1;
    const due = meant.filter(({ left }) => left === 0);
    for (const plan of due) plan.happened = true;
    this.#plans = this.#plans.filter(({ happened }) => !happened);
    return due.length > 0;
  }
}
