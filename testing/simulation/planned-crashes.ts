/** Crashes that wait for a process to come to a failpoint. */
import type { FailpointName } from '../../runtime/ports/failpoints.ts';

/** A crash that was asked for by `simulation.crashAt`. */
export interface PlannedCrash {
  readonly service: string;
  readonly at: FailpointName;
  /** True once the process was killed there. */
  readonly happened: boolean;
}

interface Plan extends PlannedCrash {
  happened: boolean;
  left: number;
}

export class PlannedCrashes {
  #plans: Plan[] = [];

  /** The process of `service` dies when it comes to `at` for the `nth` time from now on. */
  plan(service: string, at: FailpointName, nth: number): PlannedCrash {
    const plan = { service, at, left: nth, happened: false };
    this.#plans.push(plan);
    return plan;
  }

  /** True when the process that has come to this failpoint dies here. */
  isDue(service: string, name: FailpointName): boolean {
    const meant = this.#plans.filter((plan) => plan.service === service && plan.at === name);
    for (const plan of meant) plan.left -= 1;
    const due = meant.filter(({ left }) => left === 0);
    for (const plan of due) plan.happened = true;
    this.#plans = this.#plans.filter(({ happened }) => !happened);
    return due.length > 0;
  }
}
