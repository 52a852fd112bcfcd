/** Mistakes in the step memo, each of which the pairs must catch. */
import { StateMachine } from 'xstate';
import { StepMemo } from '../../../../runtime/step/step-memo.ts';
import { type Plan, StepPlans } from '../../../../runtime/step/step-plan.ts';

interface MemoMutant {
  readonly name: string;
  /** Returns the function that takes the mistake out again. */
  readonly install: () => () => void;
}

/** Replaces a method, and returns the function that puts the method back. */
function replaced<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  make: (method: Owner[Name]) => Owner[Name],
): () => void {
  const method = owner[name];
  owner[name] = make(method);
  return () => void Object.assign(owner, { [name]: method });
}

/** A mutant whose plans of transitions are wrong. */
function wrongPlan(name: string, change: (plan: Plan) => Plan): MemoMutant {
  return {
    name,
    install: () =>
      replaced(StepPlans.prototype, 'planOf', (planOf) => {
        return function (this: StepPlans, ...args: Parameters<StepPlans['planOf']>) {
          const plan = planOf.apply(this, args);
          return plan && change(plan);
        };
      }),
  };
}

/** In each step the guards see the snapshot before the step, also for events that the machine raises. */
const oldGuards: MemoMutant = {
  name: 'evaluates guards with the old context',
  install: () =>
    replaced(StepMemo.prototype, 'transition', (transition) => {
      return function (this: StepMemo, ...args: Parameters<StepMemo['transition']>) {
        const [before] = args;
        const restore = replaced(StateMachine.prototype, 'getTransitionData', (choose) => {
          return function (this: StepMemo['machine'], snapshot, event) {
            return choose.call(this, { ...snapshot, context: before.context }, event);
          };
        });
        try {
          return transition.apply(this, args);
        } finally {
          restore();
        }
      };
    }),
};

export const memoMutants: readonly MemoMutant[] = [
  wrongPlan('forgets the actions of the first state it leaves', (plan) => ({
    ...plan,
    groups: plan.stays ? plan.groups : plan.groups.slice(1),
  })),
  wrongPlan('enters states in the wrong order', (plan) => ({
    ...plan,
    groups: plan.groups.toReversed(),
  })),
  wrongPlan('forgets that a final state completes the state above', (plan) => ({
    ...plan,
    groups: plan.groups.map(({ actions, invoked }) => ({ actions, invoked: invoked ?? [] })),
  })),
  wrongPlan('lists the tags of the new states in another order', (plan) => ({
    ...plan,
    to: { ...plan.to, tags: plan.to.tags.toReversed() },
  })),
  wrongPlan('keeps a snapshot of states that were left', (plan) => ({ ...plan, stays: true })),
  wrongPlan('makes a new snapshot where XState keeps its own', (plan) => ({
    ...plan,
    stays: false,
  })),
  oldGuards,
];
