/**
 * The voter's machine (protocol.md §4): one service's part in somebody else's saga, whatever it is asked about under it.
 *
 * 1. An `ok` is a durable promise: it is written before it is answered, and never expires by a clock.
 * 2. What depends here on the node becomes an inner saga whose own subscribers are asked first.
 * 3. In doubt it inquires with the owner; only an answer ends the doubt.
 * 4. An operator may withdraw it before its `ok`, have it stop waiting after the decision, and release its promise only while its owner
 *    is not to be heard of.
 * 5. A decision is never answered with an error: what stands in the way is waited for, by its inner sagas.
 * 6. Between its promise and the decision it adds no dependant and no constraint: the ledger sees to that.
 */
import type { ConsentSettings } from '../consent/settings.ts';
import { initialContext, type VoterActors } from './context.ts';
import { voterEndings } from './endings.ts';
import { voterQuestions } from './questions.ts';

/** The machine of one service. */
export function voterMachine(settings: ConsentSettings, actors: VoterActors) {
  const effects = voterQuestions(settings, actors).extend({ actions: voterEndings(settings) });
  const question = [
    { guard: 'isGoneAlready', target: 'fulfilled', actions: 'answerGone' },
    { actions: 'takeQuestion' },
  ] as const;
  const off = [{ guard: 'isDecided' }, { target: 'released', actions: 'letGo' }] as const;

  return effects.createMachine({
    id: 'voter',
    context: ({ input }) => initialContext(input),
    initial: 'engaged',
    states: {
      engaged: {
        on: {
          mayDelete: question,
          mayUpdate: question,
          'look again': { actions: 'lookAgain' },
          looked: { actions: 'takeParked' },
          deleting: { actions: 'takeDecision' },
          updating: { actions: 'takeDecision' },
          'error.write': { guard: 'isOfDecision', actions: 'takeDecision' },
          engaged: { actions: 'takeEngaged' },
          refused: { target: 'released', actions: 'refuse' },
          'xstate.done.actor.*': { actions: 'takeGroupDone' },
          'xstate.error.actor.*': { actions: 'takeGroupFailed' },
          restart: { actions: ['noteRestart', 'findAgain'] },
          'found again': { actions: 'takeFound' },
          notDeleted: off,
          notUpdated: off,
          'in-doubt': [
            { guard: 'isOldOwner', target: 'released', actions: 'letGo' },
            { actions: 'askOwner' },
          ],
          standing: [
            { guard: 'isDecided' },
            { guard: 'isOff', target: 'released', actions: 'letGo' },
            { actions: 'noteOwnerKnows' },
          ],
          'standing.unroutable': {},
          operatePart: [
            { guard: 'mayWithdraw', actions: ['recordOperator', 'answerOperated', 'withdraw'] },
            { guard: 'maySkip', actions: ['recordOperator', 'answerOperated', 'skipInGroups'] },
            {
              guard: 'mayRelease',
              target: 'released',
              actions: ['recordOperator', 'answerOperated', 'letGo'],
            },
            { actions: 'refuseOperation' },
          ],
        },
        always: { guard: 'isFulfilled', target: 'fulfilled' },
      },
      released: { type: 'final' },
      fulfilled: { type: 'final' },
    },
  });
}
