/**
 * The undeletion of a card: its transitions and states, as entries of the table in
 * `card-deletion-machine.ts`.
 */

/** Before the decision: nothing outside has changed for the card. */
export const cancels = [
  { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
  {
    target: 'releasing',
    actions: ['withdrawRow', 'keepCancel', 'recordCalledOff', 'answerActive'],
  },
] as const;

/** After the decision: the files come back first. */
export const undeletes = [
  { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
  {
    guard: 'isKept',
    target: 'restoring',
    actions: ['answerCallers', 'dropCallers', 'addUndeleter', 'keepRestores'],
  },
] as const;

const notUndeleted = [
  'recordNotUndeleted',
  'answerNotUndeleted',
  'dropUndeleters',
  'keepRemovedAgain',
  'askFilesAgain',
] as const;

const restoreRequests = {
  delete: [{ guard: 'isRefused', actions: 'refuseRequest' }, { actions: 'answerOutcome' }],
  mcard_burn: [{ guard: 'isRefused', actions: 'refuseRequest' }, { actions: 'answerOutcome' }],
  replayDeletion: { actions: 'answerGone' },
} as const;

/** After the decision, where the settings keep the content. */
export const undeletionStates = {
  kept: {
    after: { undeletion: 'done' },
    on: {
      ...restoreRequests,
      undelete: undeletes,
    },
  },
  restoring: {
    entry: 'askRestores',
    always: [
      { guard: 'isEveryFileBack', target: 'undeleting' },
      { guard: 'isSomeFileLost', target: 'collecting', actions: notUndeleted },
    ],
    on: {
      ...restoreRequests,
      'file.restored': { actions: 'keepRestored' },
    },
    after: { resend: { target: 'restoring', reenter: true, actions: 'countAttempt' } },
  },
  undeleting: {
    entry: 'readUnlisted',
    on: {
      'unlisted.found': [
        {
          guard: 'isEveryFileListed',
          target: 'done',
          actions: ['addCard', 'recordUndeleted', 'answerUndeleted', 'dropUndeleters'],
        },
        { target: 'collecting', actions: ['keepUnlisted', ...notUndeleted] },
      ],
    },
  },
} as const;
