/**
 * The machine of an owner's saga: asks every service that depends on some nodes, decides, waits for
 * the clean-up, and removes the nodes (docs/protocol.md). A voter runs the same machine as its
 * inner saga; there the parent machine decides.
 *
 * - The freeze is written together with the roster that the freeze covers. The decision needs the
 *   agreement of the roster at that moment.
 * - A decided saga cannot be called off: the saga waits for each obstacle. An update is written in
 *   the step of its decision, so a refusal by the tree (such as a name that is taken) still calls
 *   the update off.
 * - To call off, the saga writes the release and tells every service that a question may have
 *   reached. The release needs no acknowledgement.
 * - The requester gets one answer.
 * - A replay of earlier deletions begins with the decision, and asks nobody.
 * - A planned deletion is compared with its plan in the step that would decide. A deletion that
 *   differs from its plan is called off.
 */
import { setup } from 'xstate';
import type { Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type DeleteSagaActors, initialContext, types } from './saga-context.ts';
import { apart, blocked, cleaning, leaving, removing } from './saga-decided-states.ts';
import { agreementGuards, originGuards } from './saga-guards.ts';
import { alarms, history } from './saga-history.ts';
import { holdActions, removalActions } from './saga-hold-effects.ts';
import { answers, machineMessages, publications } from './saga-messages.ts';
import { progressNotes, refusalNotes } from './saga-notes.ts';
import { placeActions, placeGuards, placeRefusals, upstreamActions } from './saga-place-effects.ts';
import { replayActions, replayGuards } from './saga-replay-effects.ts';
import { startActions, startGuards, startRefusals, waitingActions } from './saga-start-effects.ts';
import { pending, starting } from './saga-start-states.ts';
import {
  asking,
  askingOld,
  confirming,
  ownStep,
  placeHeld,
  promised,
} from './saga-voting-states.ts';

/** The final states. */
const ends = {
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
      'holdDeletion',
    ],
  },
  refused: { type: 'final', entry: ['noteRefusedStart', 'holdRefusedStart'] },
} as const;

function actions(settings: ConsentSettings, nodes: Nodes) {
  return {
    ...startActions(settings),
    ...waitingActions(settings),
    ...startRefusals(settings),
    ...replayActions(settings),
    ...placeActions(settings, nodes),
    ...placeRefusals(settings),
    ...upstreamActions,
    ...holdActions(settings, nodes),
    ...removalActions(settings, nodes),
    ...progressNotes,
    ...refusalNotes(settings),
    ...history,
    ...alarms(settings),
    ...answers,
    ...machineMessages(settings),
    ...publications(settings),
  };
}

function guards(settings: ConsentSettings) {
  return {
    ...startGuards(settings),
    ...replayGuards,
    ...placeGuards(settings),
    ...originGuards,
    ...agreementGuards(settings),
  };
}

/** The machine of a service with these nodes. */
export function deleteSagaMachine(
  settings: ConsentSettings,
  actors: DeleteSagaActors,
  nodes: Nodes,
) {
  return setup({
    types,
    actors: {
      voteCollection: actors.voteCollection,
      cleanUp: actors.cleanUp,
      dependency: actors.dependency,
    },
    actions: actions(settings, nodes),
    guards: guards(settings),
  }).createMachine({
    id: 'delete-saga',
    context: ({ input }) => initialContext(input, settings),
    initial: 'starting',
    states: {
      starting,
      pending: pending(settings),
      asking: asking(settings),
      askingOld: askingOld(settings),
      confirming,
      placeHeld,
      promised,
      ownStep,
      apart,
      cleaning: cleaning(settings),
      removing,
      leaving,
      blocked,
      ...ends,
    },
  });
}
