/** Why a webhook's part in a saga waits, for each state of `part-machine.ts`. Pure. */
import { tries } from './card-rules.ts';
import { type MachineView, numberIn } from './machine-view.ts';
import type { Rules } from './rules.ts';

/** Whether the machine in the place of an inner saga is a webhook's part. */
export function isWebhookPart({ context }: MachineView): boolean {
  return typeof context['isDecided'] === 'boolean';
}

export const webhookPartRules: Rules = {
  asking: (machine) => {
    const { waitsFor } = tries(machine);
    const deadlineMs = numberIn(machine.context, 'deadlineMs');
    const within = deadlineMs === null ? '' : `, for at most ${Math.round(deadlineMs / 1_000)} s`;
    const attempt = machine.activities[0]?.attempt ?? 0;
    const failed =
      attempt === 0 ? '' : `; ${attempt} ${attempt === 1 ? 'try has' : 'tries have'} failed`;
    return {
      text: `asks its webhook whether the nodes may go${within}${failed}`,
      ...(waitsFor === undefined ? {} : { waitsFor }),
    };
  },
  promised: (machine) => ({
    text: 'its webhook has agreed: waits for the decision of the owner',
    waitsFor: [machine.service],
  }),
  doing: (machine) => ({
    text: 'is decided: tells its webhook to do its part, until the webhook answers',
    ...tries(machine),
  }),
  waiting: (machine) => ({
    text: 'is decided: its webhook has not done its part',
    waitsFor: [machine.service],
    untilMs: machine.after('waiting').atMs,
    next: 'the webhook is told again',
  }),
};
