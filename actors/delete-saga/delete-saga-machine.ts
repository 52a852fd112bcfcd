/**
 * The owner's machine (protocol.md §3): asks everybody who depends on some nodes, decides, sees to the clean-up, removes.
 * The same machine is a voter's inner engagement, where its parent decides.
 *
 * 1. The freeze is written together with the roster it covers; the decision only upon the roster of now (S1, S2).
 * 2. After the decision there is no way back: what stands in the way is waited for. An update is made with its decision, so that what
 *    the tree refuses (a name that is taken) still calls it off.
 * 3. Calling off writes the release and tells everybody a question may have reached; it needs no acknowledgement.
 * 4. The requester is answered once.
 * 5. A deletion that was planned is compared with its plan in the step that would decide, and called off when it is another one.
 */
import type { ConsentSettings } from '../consent/settings.ts';
import { dependencyInput } from './relocation.ts';
import { type Context, type DeleteSagaActors, initialContext } from './saga-context.ts';
import { sagaEffects } from './saga-effects.ts';
import { cleanUpInput, voteInput } from './saga-questions.ts';
import { sagaStart } from './saga-start.ts';

const blockedRetryMs = 5_000;
const startDeadlineMs = 20_000;
const lookAgainMs = 250;
const nextTurnMs = 1;

/** The machine of one service. */
export function deleteSagaMachine(settings: ConsentSettings, actors: DeleteSagaActors) {
  const effects = sagaStart(settings, sagaEffects(settings, actors));
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
  const decided = [
    { guard: 'isRefusedAbove', target: 'apart' },
    { target: 'cleaning', actions: ['decide', 'recordDecided'] },
  ] as const;
  /** A decision from above may overtake the answers: of an owner that takes silence for consent. */
  const whileAsking = {
    ...whileUndecided,
    'call-off': 'calledOff',
    decide: decided,
  } as const;
  const failed = { target: 'calledOff', actions: ['noteFailure', 'recordFailure'] } as const;

  return effects.createMachine({
    id: 'delete-saga',
    context: ({ input }) => initialContext(input, settings),
    initial: 'starting',
    states: {
      starting: {
        always: [
          { guard: 'isRefusedAbove', target: 'apart' },
          {
            guard: 'isDecidedAbove',
            target: 'cleaning',
            actions: ['freeze', 'decide', 'recordEngaged', 'recordDecided'],
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
          'error.write': { target: 'refused', actions: 'answerWriteError' },
        },
      },
      /** Nothing is held yet; where it waits, operators see that it does. */
      pending: {
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
          placing: {
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
          },
          subscribing: {
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
          },
          engaging: {
            entry: 'readEngagement',
            on: {
              engagement: [
                { guard: 'cannotStart', target: '#delete-saga.refused', actions: 'answerProblem' },
                { guard: 'mustWait', target: 'waiting', actions: 'noteWaiting' },
                { guard: 'nothingLeft', target: '#delete-saga.refused', actions: 'answerProblem' },
                { target: '#delete-saga.asking', actions: ['engage', 'freeze', 'recordEngaged'] },
              ],
            },
          },
          waiting: { after: { [lookAgainMs]: 'engaging' } },
        },
      },
      asking: {
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
      },
      askingOld: {
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
      },
      confirming: {
        entry: 'readRoster',
        on: {
          roster: [
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
            { guard: 'hasNewcomers', target: 'asking', actions: ['takeRoster', 'recordNewcomers'] },
            { guard: 'agreedToRelocate', actions: ['takeRoster', 'readPlace'] },
            {
              guard: 'agreedAtRoot',
              target: 'cleaning',
              actions: ['takeRoster', 'decide', 'change', 'recordDecided'],
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
            actions: ['noteUpstream', 'decide', 'change', 'recordDecided'],
          },
        },
      },
      /** All agree; a younger operation holds the new place. */
      placeHeld: { after: { [lookAgainMs]: 'confirming' }, on: whileUndecided },
      promised: {
        on: {
          decide: decided,
          'call-off': 'calledOff',
        },
      },
      /** What it writes upon the decision was refused in the step of its parent: it writes it in steps of its own, until it can. */
      apart: {
        entry: 'recordBlocked',
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
      },
      cleaning: {
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
            { guard: 'isSkip', actions: ['recordOperator', 'skipVoter', 'answerOperated'] },
            { actions: 'refuseOperation' },
          ],
          'error.write': {
            guard: 'mayBlock',
            target: 'blocked',
            actions: ['noteAllCleaned', 'recordAllCleaned'],
          },
        },
      },
      removing: {
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
            { actions: ['takeRoster', 'readLinks'] },
          ],
          links: {
            target: 'finished',
            actions: ['expectList', 'remove', 'announce', 'unlink', 'unsubscribe', 'recordRemoved'],
          },
        },
      },
      /** The change is written: what it leaves behind is looked for when that can be read. */
      leaving: {
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
      },
      blocked: {
        entry: 'recordBlocked',
        after: { [blockedRetryMs]: 'removing' },
        on: {
          decide: {},
          skip: {},
          operateSaga: { actions: 'refuseOperation' },
          'error.write': { target: 'blocked', reenter: true },
        },
      },
      finished: { type: 'final', entry: 'answerDone' },
      overtaken: {
        type: 'final',
        entry: ['release', 'callOffEverybody', 'recordCalledOff', 'answerDone'],
      },
      calledOff: {
        type: 'final',
        entry: [
          'release',
          'noteRefused',
          'callOffEverybody',
          'recordCalledOff',
          'answerRefused',
          'tellRefused',
        ],
      },
      refused: { type: 'final', entry: 'noteRefusedStart' },
    },
  });
}
