/** Why the part of a system outside in a saga waits, for each state of `part-machine.ts`. Pure. */
import { tries } from './card-rules.ts';
import { type MachineView, numberIn } from './machine-view.ts';
import type { Rules } from './rules.ts';

/** Whether the machine in the place of an inner saga is the part of a system outside. */
export function isOutsidePart({ context }: MachineView): boolean {
  return typeof context['isDecided'] === 'boolean';
}

export const outsidePartRules: Rules = {
  asking: (machine) => {
    const { waitsFor } = tries(machine);
    const deadlineMs = numberIn(machine.context, 'deadlineMs');
    const within = deadlineMs === null ? '' : `, for at most ${Math.round(deadlineMs / 1_000)} s`;
    const attempt = machine.activities[0]?.attempt ?? 0;
    const failed =
      attempt === 0 ? '' : `; ${attempt} ${attempt === 1 ? 'try has' : 'tries have'} failed`;
    return {
      text: `asks its system outside whether the nodes may go${within}${failed}`,
      ...(waitsFor === undefined ? {} : { waitsFor }),
    };
  },
  promised: (machine) => ({
    text: 'its system outside has agreed: waits for the decision of the owner',
    waitsFor: [machine.service],
  }),
  doing: (machine) => ({
    text: 'is decided: tells its system outside to do its part, until the system answers',
    ...tries(machine),
  }),
  waiting: (machine) => ({
    text: 'is decided: its system outside has not done its part',
    waitsFor: [machine.service],
    untilMs: machine.after('waiting').atMs,
    next: 'the system is told again',
  }),
};
