/**
 * The requests that a card's deletion takes: the transitions of `card-deletion-machine.ts` that
 * begin a deletion, and the transitions that every state has.
 */

const marks = ['keepRow', 'markDeleted', 'recordMarked', 'dropRefusal'] as const;

export const begins = {
  delete: [
    { guard: 'isRefused', actions: 'refuseRequest' },
    { guard: 'isGone', target: 'done', actions: 'accept' },
    { guard: 'isAsync', target: 'queued', actions: [...marks, 'accept', 'recordQueued'] },
    { target: 'waiting', actions: [...marks, 'addCaller', 'startCallerDeadline'] },
  ],
  mcard_burn: [
    { guard: 'isRefused', actions: 'refuseRequest' },
    { guard: 'isGone', target: 'done', actions: 'accept' },
    { target: 'waiting', actions: [...marks, 'addCaller'] },
  ],
  replayDeletion: [
    { guard: 'isReplayRefused', actions: 'refuseReplay' },
    { guard: 'isReplayGone', target: 'done', actions: ['tombstoneUnknown', 'answerGone'] },
    {
      target: 'waiting',
      actions: [...marks, 'keepReplay', 'recordReplay', 'addCaller', 'startCallerDeadline'],
    },
  ],
} as const;

/** Requests and late answers that every state takes, unless the state says otherwise. */
export const everywhere = {
  delete: [
    { guard: 'isRefused', actions: 'refuseRequest' },
    { guard: 'isCalledOff', actions: 'refuseCalledOff' },
    { guard: 'isAsync', actions: 'accept' },
    { actions: ['addCaller', 'startCallerDeadline'] },
  ],
  mcard_burn: [
    { guard: 'isRefused', actions: 'refuseRequest' },
    { guard: 'isCalledOff', actions: 'refuseCalledOff' },
    { actions: 'addCaller' },
  ],
  replayDeletion: [
    { guard: 'isCalledOff', actions: 'refuseCalledOff' },
    { actions: ['addCaller', 'startCallerDeadline'] },
  ],
  undelete: [
    { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
    { guard: 'isCalledOff', actions: 'answerActive' },
    { guard: 'isKept', actions: 'addUndeleter' },
    { actions: 'refuseGone' },
  ],
  'caller.late': { actions: ['answerLate', 'dropLateCaller'] },
  'file.ended': { actions: 'keepFileEnd' },
  'file.ended.unroutable': {},
  'file.restored': {},
  'file.restored.unroutable': {},
  'transaction.marked': {},
  'transaction.confirmed': {},
  'transaction.failed': {},
  'token.checked': {},
  'token.burned': {},
  'transaction.failed.unroutable': {},
  'token.checked.unroutable': {},
  'token.burned.unroutable': {},
  'transaction.marked.unroutable': {},
  'transaction.confirmed.unroutable': {},
} as const;
