/**
 * The states of a saga that asks: from the first question to the decision. Tables only;
 * `delete-saga-machine.ts` gives each named action and guard.
 *
 * - The saga asks the peers that promise (`asking`), then the old peers (`askingOld`), and then
 *   reads the roster again (`confirming`). Only agreement of that roster leads to the decision.
 * - A subscriber that the saga has not asked yet leads back to `asking`.
 * - A saga is called off when a subscriber that it has asked was retired meanwhile: the call-off
 *   that the retirement sends might arrive only after the decision.
 * - A deletion is called off while a node of another service stands below that no service will
 *   remove.
 * - An update is written in the step of its decision. A refused write calls the update off.
 */
import type { ConsentSettings } from '../consent/settings.ts';
import type { Context } from './saga-context.ts';
import { voteInput } from './saga-questions.ts';

const lookAgainMs = 250;
const nextTurnMs = 1;

const whileUndecided = {
  operateSaga: [
    {
      guard: 'isCancel',
      target: 'calledOff',
      actions: ['noteCancelled', 'recordOperator', 'answerOperated'],
    },
    { actions: 'refuseOperation' },
  ],
  'error.write': { target: 'calledOff', actions: 'noteWriteRefusal' },
} as const;

const refusedAbove = { guard: 'isRefusedAbove', target: 'apart' } as const;
const decidedNow = { target: 'cleaning', actions: ['decide', 'recordDecided'] } as const;
const decided = [refusedAbove, decidedNow] as const;

/**
 * An owner above that takes silence for consent may decide before the answers of this saga arrive.
 */
const whileAsking = {
  ...whileUndecided,
  'call-off': 'calledOff',
  decide: decided,
} as const;

const failed = { target: 'calledOff', actions: ['noteFailure', 'recordFailure'] } as const;

export function asking(settings: ConsentSettings) {
  return {
    entry: 'noteAsked',
    invoke: {
      id: 'votes',
      src: 'voteCollection',
      input: ({ context }: { context: Context }) => voteInput(settings, context, 'new'),
      onDone: [
        { guard: 'isUnanimous', target: 'askingOld', actions: 'noteVerdict' },
        { target: 'calledOff', actions: 'noteVerdict' },
      ],
      onError: failed,
    },
    on: whileAsking,
  } as const;
}

export function askingOld(settings: ConsentSettings) {
  return {
    entry: ['noteAskedOld', 'recordOldVoters'],
    invoke: {
      id: 'votes',
      src: 'voteCollection',
      input: ({ context }: { context: Context }) => voteInput(settings, context, 'old'),
      onDone: [
        { guard: 'isUnanimous', target: 'confirming', actions: 'noteVerdict' },
        { target: 'calledOff', actions: 'noteVerdict' },
      ],
      onError: failed,
    },
    on: whileAsking,
  } as const;
}

export const confirming = {
  entry: 'readAgreement',
  on: {
    roster: [
      {
        guard: 'leavesUnanswered',
        target: 'calledOff',
        actions: ['takeRoster', 'noteUnanswered'],
      },
      {
        guard: 'isAgreedWithin',
        target: 'promised',
        actions: ['takeRoster', 'promise', 'tellPromised'],
      },
      {
        guard: 'planHasChanged',
        target: 'calledOff',
        actions: ['notePlanChange', 'takeRoster'],
      },
      { guard: 'isGone', target: 'overtaken' },
      { guard: 'hasLeavers', target: 'calledOff', actions: 'noteLeavers' },
      { guard: 'hasNewcomers', target: 'asking', actions: ['takeRoster', 'recordNewcomers'] },
      { guard: 'agreedToRelocate', actions: ['takeRoster', 'readPlace'] },
      {
        guard: 'agreedAtRoot',
        target: 'cleaning',
        actions: ['takeRoster', 'decide', 'change', 'startAfterChange', 'recordDecided'],
      },
      { target: 'calledOff' },
    ],
    place: [
      { guard: 'placeIsWrong', target: 'calledOff', actions: 'notePlaceRefusal' },
      { guard: 'placeIsLost', target: 'calledOff', actions: 'notePlaceRefusal' },
      { guard: 'placeIsHeld', target: 'placeHeld' },
      { actions: ['takePlace', 'readUpstream'] },
    ],
    links: {
      target: 'cleaning',
      actions: ['noteUpstream', 'decide', 'change', 'startAfterChange', 'recordDecided'],
    },
  },
} as const;

/** All peers agree, but a younger operation holds the new place. */
export const placeHeld = { after: { [lookAgainMs]: 'confirming' }, on: whileUndecided } as const;

export const promised = {
  on: {
    decide: [refusedAbove, { guard: 'isForOwnStep', target: 'ownStep' }, decidedNow],
    'call-off': 'calledOff',
  },
} as const;

/** Decided above, together with other sagas of the voter; a step finishes one of them. */
export const ownStep = {
  after: { [nextTurnMs]: decidedNow },
  on: { decide: {}, skip: {}, 'error.write': 'apart' },
} as const;
