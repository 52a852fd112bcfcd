/**
 * The voter's machine: one service's part in a saga of another service. One machine takes all
 * questions of the saga.
 *
 * - An `ok` is a durable promise. The promise is written before the `ok` is sent, and a promise to
 *   an owner that speaks the protocol never expires.
 * - The dependants of a node in this service become an inner saga. The inner saga asks its own
 *   subscribers first.
 * - In doubt the voter inquires with the owner. Only an answer ends the doubt.
 * - A decision about a node that the voter has not promised is taken only after the owner confirms
 *   it.
 * - Before the `ok`, an operator may withdraw the voter's part. After the decision, an operator may
 *   end the waiting. An operator may release a promise only while the owner does not answer.
 * - The end of a retention is refused while a rule of the service keeps the rows longer, and until
 *   the clean-up of an earlier decision is done.
 * - A decision is never answered with an error. Obstacles are waited for by the inner sagas.
 * - Between promise and decision the service adds no dependant and no constraint to a promised
 *   node; the ledger refuses such writes.
 */
import { setup } from 'xstate';
import type { Dependence } from '../consent/dependences.ts';
import type { Detachment } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { initialContext, type VoterActors } from './context.ts';
import { voterDecisions } from './decisions.ts';
import { voterEffects } from './effects.ts';
import { voterEndings } from './endings.ts';
import { voterGuards } from './guards.ts';
import { voterProofs } from './proofs.ts';
import { voterQuestions } from './questions.ts';
import { retentionEnds } from './retention-ends.ts';
import { types } from './typed-actions.ts';

const question = [
  { guard: 'isGoneAlready', target: 'fulfilled', actions: 'answerGone' },
  { actions: 'takeQuestion' },
] as const;
const decision = [
  { guard: 'isUnasked', actions: 'answerUnasked' },
  { guard: 'isUnproven', actions: 'doubtDecision' },
  { actions: 'takeDecision' },
] as const;
const ownerAnswer = [
  { guard: 'isOfProof', actions: 'judgeProof' },
  { guard: 'isDecided' },
  { guard: 'isOff', target: 'released', actions: 'letGo' },
  { actions: 'noteOwnerKnows' },
] as const;
const off = [{ guard: 'isDecided' }, { target: 'released', actions: 'letGo' }] as const;

/**
 * The voter of a service. `dependences`: its rows that are no nodes. `detachment`: of nodes that
 * may lose references.
 */
export function voterMachine(
  settings: ConsentSettings,
  { innerSaga }: VoterActors,
  dependences: readonly Dependence[] = [],
  detachment?: Detachment,
) {
  return setup({
    types,
    actors: { innerSaga },
    actions: {
      ...voterEffects(settings, detachment),
      ...voterDecisions(settings, dependences, detachment !== undefined),
      ...voterProofs(settings),
      ...retentionEnds(settings),
      ...voterQuestions(settings),
      ...voterEndings(settings),
    },
    guards: voterGuards,
  }).createMachine({
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
          references: { actions: ['takeReferencesOut', 'fulfilAndAnswer'] },
          deleting: [{ guard: 'isTooEarly', actions: 'answerTooEarly' }, ...decision],
          updating: decision,
          proven: { actions: 'takeDecision' },
          'error.write': [
            { guard: 'isOfDecision', actions: 'takeDecision' },
            { guard: 'isOfProof', actions: 'judgeProof' },
            { guard: 'isOfRows', actions: 'takeRowsRefused' },
          ],
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
          ownerAnswer,
          'ownerAnswer.unroutable': {},
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
