/**
 * The states of a decided saga: clean-up, removal, and the waits when a write is refused. Tables
 * only; `delete-saga-machine.ts` gives each named action and guard.
 *
 * - No state here leads to `calledOff`: a decided saga cannot be called off.
 * - A refused write leads to `blocked` or `apart`, and the saga tries the write again after 5 s.
 */
import type { ConsentSettings } from '../consent/settings.ts';
import type { Context } from './saga-context.ts';
import { cleanUpInput } from './saga-questions.ts';

const blockedRetryMs = 5_000;
const nextTurnMs = 1;

/**
 * The step in which the parent took the decision was undone, because the writes of this saga were
 * refused. The saga repeats these writes, each try in its own step, until a try succeeds.
 */
export const apart = {
  entry: ['recordBlocked', 'noteBlocked'],
  after: { [blockedRetryMs]: { actions: 'readRoster' } },
  on: {
    roster: {
      target: 'cleaning',
      actions: ['takeRoster', 'freeze', 'recordEngaged', 'decide', 'recordDecided'],
    },
    decide: {},
    skip: {},
    'error.write': { target: 'apart', reenter: true },
  },
} as const;

export function cleaning(settings: ConsentSettings) {
  return {
    invoke: {
      id: 'clean-up',
      src: 'cleanUp',
      input: ({ context }: { context: Context }) => cleanUpInput(settings, context),
      onDone: { target: 'removing', actions: 'noteCleaned' },
      onError: { target: 'blocked', actions: 'recordFailure' },
    },
    on: {
      decide: {},
      skip: { actions: 'skipVoter' },
      operateSaga: [
        {
          guard: 'skipsAwaited',
          actions: ['recordOperator', 'skipVoter', 'answerOperated'],
        },
        { guard: 'isSkip', actions: 'refuseUnawaited' },
        { actions: 'refuseOperation' },
      ],
      'error.write': {
        guard: 'mayBlock',
        target: 'blocked',
        actions: ['noteAllCleaned', 'recordAllCleaned'],
      },
    },
  } as const;
}

export const removing = {
  entry: 'readRoster',
  on: {
    roster: [
      { guard: 'someoneIsOpen', target: 'cleaning', actions: 'takeRoster' },
      { guard: 'leavesBehind', target: 'leaving', actions: 'takeRoster' },
      {
        guard: 'isUpdate',
        target: 'finished',
        actions: ['takeRoster', 'disengage', 'announce', 'recordRemoved'],
      },
      { actions: ['takeRoster', 'readRemoval'] },
    ],
    removal: {
      target: 'finished',
      actions: [
        'expectList',
        'remove',
        'startAfterRemoval',
        'announce',
        'unlinkRemoved',
        'unsubscribeRemoved',
        'recordRemoved',
        'noteRetentions',
        'keepRetentions',
      ],
    },
  },
} as const;

/**
 * The change of an update is written. The next step can read the links that the change has
 * orphaned.
 */
export const leaving = {
  initial: 'committing',
  states: {
    committing: { after: { [nextTurnMs]: 'looking' } },
    looking: { entry: 'readLeftBehind' },
  },
  on: {
    links: {
      target: 'finished',
      actions: ['disengage', 'announce', 'unlink', 'unsubscribe', 'recordRemoved'],
    },
    operateSaga: { actions: 'refuseOperation' },
    'error.write': 'blocked',
  },
} as const;

export const blocked = {
  entry: ['recordBlocked', 'noteBlocked'],
  after: { [blockedRetryMs]: 'removing' },
  on: {
    decide: {},
    skip: {},
    operateSaga: { actions: 'refuseOperation' },
    'error.write': { target: 'blocked', reenter: true },
  },
} as const;
