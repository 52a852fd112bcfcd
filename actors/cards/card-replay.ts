/**
 * The replay of a card's deletion: a restored database has the card again, and an operator has the
 * deletion carried out once more. The entries are actions and guards of `card-deletion-machine.ts`.
 *
 * 1. The earlier deletion was decided, so the owner is not asked. All other steps are those of every
 *    deletion: the lock, the transaction, the row, the files.
 * 2. A replay burns no token. The row went only after a final burn, so the chain is asked whether
 *    the transaction of that burn is final. Where the chain denies the burn, the card stays.
 * 3. A replay keeps no content for an undeletion.
 * 4. An id that this database does not know gets a tombstone without an owner. So the id is not
 *    given again, and a later replay does not delete another card.
 */
import { assertEvent, setup } from 'xstate';
import { Refused } from '../../runtime/ports/errors.ts';
import { record, refuse, reply, write } from '../../runtime/step/effects.ts';
import { signed } from '../consent/operations.ts';
import type {
  DeletionContext,
  DeletionEvent,
  DeletionPorts,
  ReplayEvent,
} from './card-deletion.ts';
import { line } from './history-line.ts';
import { cardsWrite } from './store.ts';

type Context = DeletionContext;
type Events = DeletionEvent;
type Args = { readonly context: Context; readonly event: Events };

const { assign } = setup({ types: {} as { context: Context; events: Events } });

function replayOf(event: Events): ReplayEvent {
  assertEvent(event, 'replayDeletion');
  return event;
}

/** Why the replay cannot begin; undefined: the replay begins, or the card is gone. */
function replayProblem({ data, $: { read } }: ReplayEvent): Refused | undefined {
  if (read.card?.token === undefined || data.burn !== undefined) return undefined;
  return new Refused(
    'refused',
    `the card '${data.id}' has a token, and the replay names no burn of the token; delete the card with its own 'delete'`,
    { at: '/data/burn' },
  );
}

export function burnsNothing({ card, replay }: Context): boolean {
  return card.token === undefined || replay !== null;
}

/** The transaction of a replayed card has not failed: only the replay is called off. */
export function failsNothing({ card, replay }: Context): boolean {
  return card.transaction === null || replay !== null;
}

export function cardReplayEffects({ settings }: DeletionPorts) {
  return {
    refuseReplay: refuse<Context, Events>(({ event }) => replayProblem(replayOf(event))),
    keepReplay: assign(({ event }) => ({ replay: { burn: replayOf(event).data.burn ?? null } })),
    recordReplay: record<Context, Events>(({ context, event }) => {
      const { data, $ } = replayOf(event);
      const { by, person, why } = signed(settings, $.message, data);
      return line(context, 'card replayed', {
        by,
        ...(person === undefined ? {} : { person }),
        why,
      });
    }),
    tombstoneUnknown: write<Context, Events>(({ event }) => {
      const { data, $ } = replayOf(event);
      if ($.read.tombstone !== null) return undefined;
      return cardsWrite('tombstone', { id: data.id, atMs: $.atMs }, null);
    }),
    answerGone: reply<Context, Events>(() => ({ body: { gone: true } })),
  };
}

export const cardReplayGuards = {
  isReplayRefused: ({ event }: Args) => replayProblem(replayOf(event)) !== undefined,
  isReplayGone: ({ event }: Args) => replayOf(event).$.read.card === null,
  hasNothingToBurn: ({ context }: Args) => burnsNothing(context),
  hasNothingToFail: ({ context }: Args) => failsNothing(context),
};
