/**
 * The actions and the guard by which a saga carries out earlier deletions again. Each entry is one
 * entry of `delete-saga-machine.ts`, under the name in the tables of states; the rules are in
 * `replayed-deletions.ts`.
 */
import { assertEvent, setup } from 'xstate';
import { record, reply, write } from '../../runtime/step/effects.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import { idList } from '../consent/node-ids.ts';
import { operatorLine, signed } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type ReplayEvent,
  replayedIn,
  replayedRoster,
  replayedVotes,
  replayProblem,
} from './replayed-deletions.ts';
import { type Args, type Of, types } from './saga-context.ts';

const { assign } = setup({ types });

export function replayActions(settings: ConsentSettings) {
  const { service } = settings;
  return {
    takeReplay: assign(({ event }) => {
      assertEvent(event, 'replayDeletions');
      const { data, $ } = event;
      return {
        ids: idList(data.id),
        nodes: $.read.nodes,
        subscriptions: replayedRoster(event),
        replayed: replayedIn(event),
        votes: replayedVotes(event),
        requester: $.message.replyTo,
        requestedBy: $.message.from,
        nowMs: $.atMs,
      };
    }),
    /**
     * A voter that inquires about a node without a tombstone of this saga would be answered `no`,
     * also about a node that an earlier saga has removed.
     */
    markGone: write('replayDeletions', ({ context, event }: Of<ReplayEvent>) => {
      const { gone } = replayedIn(event);
      if (gone.length === 0) return undefined;
      const args = { saga: context.saga, service, nodeIds: gone, atMs: event.$.atMs };
      return ledgerWrite('removed', args, null);
    }),
    recordReplay: record('replayDeletions', ({ context, event }: Of<ReplayEvent>) => ({
      topic: context.saga,
      line: {
        ...operatorLine({
          ...signed(settings, event.$.message, event.data),
          operation: 'replay',
        }),
        of: event.data.saga,
        gone: replayedIn(event).gone,
      },
    })),
    answerReplayProblem: reply('replayDeletions', ({ context, event }: Of<ReplayEvent>) => ({
      body: { error: replayProblem(event, context.saga) ?? null },
    })),
  };
}

export const replayGuards = {
  cannotReplay: ({ context, event }: Args) => {
    assertEvent(event, 'replayDeletions');
    return replayProblem(event, context.saga) !== undefined;
  },
};
