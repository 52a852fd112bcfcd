/** Defects after a decision or a promise. */
import { type AnyStateMachine, createMachine } from 'xstate';
import type { Ballot } from '../../../../actors/consent/ballot.ts';
import type { Pair } from '../../../../actors/consent/pairs.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import { assigning, type Mutant, replaced } from './mutant.ts';

const forEverMs = 1e12;

interface Cleaning {
  readonly ballots: readonly Ballot[];
  readonly done: readonly Pair[];
}
type Args = {
  readonly context: Cleaning;
  readonly event: { readonly about: { readonly question: string } };
};

const errorIsDone: Mutant = {
  name: 'an error in answer to deleting counts as done',
  machines: {
    cleanUp: replaced(cleanUpMachine, {
      actions: {
        noteDone: assigning(({ context, event }: Args) => {
          const ballot = context.ballots.find(
            ({ question }) => question.messageId === event.about.question,
          );
          const pairs =
            ballot?.voters.flatMap((voter) =>
              ballot.nodeIds.map((nodeId) => ({ voter, nodeId })),
            ) ?? [];
          return { done: [...context.done, ...pairs] };
        }),
      },
    }),
  },
};

const deletingOnce: Mutant = {
  name: 'deleting not sent again',
  machines: { cleanUp: replaced(cleanUpMachine, { delays: { resend: forEverMs } }) },
};

const promiseExpires: Mutant = {
  name: 'promise expires by clock',
  machines: {
    voter: (settings, actors, dependences, detachment) =>
      replaced(voterMachine(settings, actors, dependences, detachment), {
        guards: { isOldOwner: () => true },
      }),
  },
};

const calledOffLate: Mutant = {
  name: 'calling off after the decision',
  machines: { deleteSaga: (...given) => withWayBack(deleteSagaMachine(...given)) },
};

/** After a while of cleaning up, the machine gives up. */
function withWayBack({ config, implementations }: AnyStateMachine): AnyStateMachine {
  const { states = {} } = config as { states?: Readonly<Record<string, object>> };
  const cleaning = { ...states['cleaning'], after: { 3000: 'calledOff' } };
  return createMachine(
    { ...config, states: { ...states, cleaning } } as never,
    implementations as never,
  );
}

export const endingMutants: readonly Mutant[] = [
  errorIsDone,
  deletingOnce,
  promiseExpires,
  calledOffLate,
];
