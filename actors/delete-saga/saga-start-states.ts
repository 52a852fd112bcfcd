/**
 * The states of a saga before any vote: `starting` and `pending`. Tables only;
 * `delete-saga-machine.ts` gives each named action and guard.
 *
 * - In both states the saga holds no node.
 * - A request that must wait is `pending`. The journal keeps the waiting saga, so operators see the
 *   saga.
 * - A pending saga is refused after 20 s.
 * - An inner saga with nobody to ask promises at once: the freeze expects the lists that a second
 *   read in the same commit would find.
 */
import type { ConsentSettings } from '../consent/settings.ts';
import { dependencyInput } from './relocation.ts';
import type { Context } from './saga-context.ts';

const startDeadlineMs = 20_000;
const lookAgainMs = 250;

export const starting = {
  always: [
    { guard: 'isRefusedAbove', target: 'apart' },
    {
      guard: 'isDecidedAbove',
      target: 'cleaning',
      actions: ['freeze', 'decide', 'recordEngaged', 'recordDecided'],
    },
    {
      guard: 'isAlone',
      target: 'promised',
      actions: ['freeze', 'recordEngaged', 'promise', 'tellPromised'],
    },
    { guard: 'isInner', target: 'asking', actions: ['freeze', 'recordEngaged'] },
  ],
  on: {
    delete: [
      { guard: 'cannotStart', target: 'refused', actions: 'answerProblem' },
      {
        guard: 'mustWait',
        target: 'pending.waiting',
        actions: ['take', 'noteWaiting', 'recordWaiting'],
      },
      { guard: 'nothingLeft', target: 'refused', actions: 'answerProblem' },
      { target: 'asking', actions: ['take', 'engage', 'freeze', 'recordEngaged'] },
    ],
    update: [
      { guard: 'cannotStart', target: 'refused', actions: 'answerProblem' },
      { guard: 'relocates', target: 'pending.placing', actions: 'take' },
      {
        guard: 'mustWait',
        target: 'pending.waiting',
        actions: ['take', 'noteWaiting', 'recordWaiting'],
      },
      { target: 'asking', actions: ['take', 'engage', 'freeze', 'recordEngaged'] },
    ],
    replayDeletions: [
      { guard: 'cannotReplay', target: 'refused', actions: 'answerReplayProblem' },
      {
        target: 'cleaning',
        actions: [
          'takeReplay',
          'markGone',
          'freeze',
          'decide',
          'recordReplay',
          'recordEngaged',
          'recordDecided',
        ],
      },
    ],
    'error.write': { target: 'refused', actions: 'answerWriteError' },
  },
} as const;

const placing = {
  entry: 'readPlace',
  on: {
    place: [
      {
        guard: 'placeIsWrong',
        target: '#delete-saga.refused',
        actions: 'answerPlaceProblem',
      },
      {
        guard: 'dependsNewly',
        target: 'subscribing',
        actions: ['noteDependencies', 'link', 'noteWaiting'],
      },
      { target: 'engaging', actions: 'takePlace' },
    ],
  },
} as const;

/** The node subscribes to its new dependencies before the saga holds the node. */
function subscribing(settings: ConsentSettings) {
  return {
    invoke: {
      id: 'dependency',
      src: 'dependency',
      input: ({ context }: { context: Context }) => dependencyInput(settings, context),
      onDone: [
        { guard: 'isSubscribed', target: 'engaging' },
        { target: '#delete-saga.refused', actions: 'answerDependencyProblem' },
      ],
      onError: {
        target: '#delete-saga.refused',
        actions: ['recordFailure', 'answerStartTimeout'],
      },
    },
  } as const;
}

const engaging = {
  entry: 'readEngagement',
  on: {
    engagement: [
      { guard: 'cannotStart', target: '#delete-saga.refused', actions: 'answerProblem' },
      { guard: 'mustWait', target: 'waiting', actions: 'noteWaiting' },
      { guard: 'nothingLeft', target: '#delete-saga.refused', actions: 'answerProblem' },
      { target: '#delete-saga.asking', actions: ['engage', 'freeze', 'recordEngaged'] },
    ],
  },
} as const;

/** The states of a request that needs a read, a subscription, or the end of an older saga. */
export function pending(settings: ConsentSettings) {
  return {
    after: { [startDeadlineMs]: { target: 'refused', actions: 'answerStartTimeout' } },
    on: {
      operateSaga: [
        {
          guard: 'isCancel',
          target: 'refused',
          actions: ['noteCancelled', 'recordOperator', 'answerOperated', 'answerRefused'],
        },
        { actions: 'refuseOperation' },
      ],
      'error.write': { target: 'refused', actions: 'answerPendingError' },
    },
    initial: 'placing',
    states: {
      placing,
      subscribing: subscribing(settings),
      engaging,
      waiting: { after: { [lookAgainMs]: 'engaging' } },
    },
  } as const;
}
