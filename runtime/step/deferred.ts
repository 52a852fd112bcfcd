/** The changes of children and timers that a transition asks for, in the order of its actions. */
import type { AnyEventObject } from 'xstate';
import type { MachineDefinition } from './machine-definition.ts';
import type { StepEffect } from './step-effect.ts';

/** A change of a child or a timer, done after the machine's own actions. */
export type Deferred =
  | { readonly kind: 'effect'; readonly effect: StepEffect }
  | {
      readonly kind: 'start';
      readonly id: string;
      readonly definition: MachineDefinition;
      readonly input: unknown;
      /** Events that were sent to the child earlier in the transition. The child gets them first. */
      readonly early: readonly AnyEventObject[];
    }
  /**
   * `to` is a child, `..` the parent, undefined the machine itself. `early`: the child is asked for
   * later in the same transition, and its start has the event too.
   */
  | {
      readonly kind: 'send';
      readonly to: string | undefined;
      readonly event: AnyEventObject;
      readonly early?: true;
    }
  | { readonly kind: 'stop'; readonly id: string };
