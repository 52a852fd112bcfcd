/** The states and transitions of a machine as data, for whoever draws the machine. */

export type ChartTransition = {
  /** As XState has it: `order.paid`, `xstate.after.60000.order.paying`; `''` for an `always`. */
  readonly event: string;
  /** Ids of states. Empty: the machine stays in the state. */
  readonly targets: readonly string[];
  /** The name of the guard; null without one. */
  readonly guard: string | null;
};

export type ChartState = {
  readonly id: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** The id of the state in which a compound state begins. */
  readonly initial: string | null;
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
};
