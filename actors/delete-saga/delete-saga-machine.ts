/**
 * The machine of an owner's saga: asks every service that depends on some nodes, decides, waits for
 * the clean-up, and removes the nodes (docs/protocol.md). A voter runs the same machine as its
 * inner saga; there the parent decides.
 *
 * - The freeze is written together with the roster that the freeze covers. The decision needs the
 *   agreement of the roster at that moment.
 * - A decided saga cannot be called off: the saga waits for each obstacle. An update is written in
 *   the step of its decision, so a refusal by the tree (a name that is taken) still calls the
 *   update off.
 * - To call off, the saga writes the release and tells every service that a question may have
 *   reached. The release needs no acknowledgement.
 * - The requester gets one answer.
 * - A planned deletion is compared with its plan in the step that would decide. A deletion that
 *   differs from its plan is called off.
 */
import type { ConsentSettings } from '../consent/settings.ts';
import { type DeleteSagaActors, initialContext } from './saga-context.ts';
import { apart, blocked, cleaning, leaving, removing } from './saga-decided-states.ts';
import { sagaEffects } from './saga-effects.ts';
import { sagaStart } from './saga-start.ts';
import { pending, starting } from './saga-start-states.ts';
import { asking, askingOld, confirming, placeHeld, promised } from './saga-voting-states.ts';

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
    ],
  },
  refused: { type: 'final', entry: 'noteRefusedStart' },
} as const;

/** The machine of one service. */
export function deleteSagaMachine(settings: ConsentSettings, actors: DeleteSagaActors) {
  const effects = sagaStart(settings, sagaEffects(settings, actors));
  return effects.createMachine({
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
      apart,
      cleaning: cleaning(settings),
      removing,
      leaving,
      blocked,
      ...ends,
    },
  });
}
