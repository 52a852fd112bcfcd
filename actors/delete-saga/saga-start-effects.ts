/**
 * The actions and guards by which a saga begins, waits or is refused. Each entry is one action or
 * guard of `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - The ledger notes a waiting saga once, and a refused saga only when the saga has waited or
 *   another operation holds its nodes.
 * - A request gets its error from the rules of `saga-start.ts`, or from the deadline (504).
 */

import { setup } from 'xstate';
import type { WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import { publish, read, record, reply, write } from '../../runtime/step/effects.ts';
import { mayWaitFor } from '../consent/conflicts.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { heldUntil } from './held-deletion.ts';
import {
  type Args,
  type Context,
  type Events,
  line,
  modeOf,
  types,
  unheldSaga,
} from './saga-context.ts';
import { heldMessage } from './saga-messages.ts';
import {
  asTaken,
  beginningOf,
  callerOf,
  engagementIn,
  isStart,
  startIn,
  startProblemOf,
  taken,
} from './saga-start.ts';

const { assign } = setup({ types });

/** The start of a saga that holds its nodes. */
export function startActions(settings: ConsentSettings) {
  return {
    take: assign(({ context, event }) => taken(context, startIn(event))),
    engage: assign(({ event }) => {
      const { nodes, above, subscriptions } = engagementIn(event);
      const { atMs: nowMs } = event.$;
      return { nodes, above, subscriptions, deadlineAtMs: nowMs + settings.voteDeadlineMs, nowMs };
    }),
    readEngagement: read(({ context }: Args) => {
      const { saga, ids } = context;
      return {
        ...consentRead('engagement', { ids, saga, mode: modeOf(context) }),
        event: 'engagement',
      };
    }),
  };
}

/** The notes about a saga that waits for older operations. */
export function waitingActions(settings: ConsentSettings) {
  const { service } = settings;
  const writeWaiting = write(({ context, event }: Args) =>
    ledgerWrite('unheld', unheldSaga(service, context, 'waiting', event.$.atMs), null),
  );
  const { enqueueActions } = setup({ types, actions: { writeWaiting } });
  return {
    writeWaiting,
    noteWaiting: enqueueActions(({ context, enqueue }) => {
      if (context.waited === true) return;
      enqueue({ type: 'writeWaiting' });
      enqueue.assign({ waited: true });
    }),
    recordWaiting: record(({ context, event }: Args) => {
      const conflicts = isStart(event) || event.type === 'engagement' ? event.$.read.conflicts : [];
      const [hold] = conflicts;
      return hold === undefined
        ? []
        : line(context, 'waiting', {
            for: hold.saga,
            nodes: [...new Set(conflicts.map(({ nodeId }) => nodeId))],
          });
    }),
  };
}

/** The answers and notes of a saga that is refused before its first question. */
export function startRefusals(settings: ConsentSettings) {
  const { service } = settings;
  const problemOf = (context: Context, event: Events) => startProblemOf(settings, context, event);
  return {
    answerProblem: reply(({ context, event }: Args) => {
      const problem = problemOf(context, event);
      return {
        to: callerOf({ context, event }),
        body: problem === undefined ? {} : { error: problem },
      };
    }),
    noteRefusedStart: write(({ context, event }: Args) => {
      const isHeld =
        (isStart(event) || event.type === 'engagement') &&
        problemOf(context, event)?.saga !== undefined;
      if (!isHeld && context.waited !== true) return undefined;
      return ledgerWrite(
        'unheld',
        unheldSaga(service, asTaken(context, event), 'refused', event.$.atMs),
        null,
      );
    }),
    /** The owner's own reasons may end too. */
    holdRefusedStart: publish(({ context, event }: Args) => {
      if (!isStart(event) || event.type !== 'delete') return [];
      const { refusals = [] } = problemOf(context, event) ?? {};
      const asked = asTaken(context, event);
      return heldMessage(settings, asked, heldUntil(asked.whenHeld, refusals), refusals);
    }),
    answerStartTimeout: reply(({ context }: Args) => {
      const message =
        'other operations held the nodes, or an owner did not answer, until the deadline; try again, with retry_of to keep the age';
      return {
        to: context.requester ?? undefined,
        body: { error: { code: 504, name: 'timed-out', message, saga: context.saga } },
      };
    }),
    answerPendingError: reply(
      'error.write',
      ({ context, event }: { context: Context; event: WriteErrorEvent }) => ({
        to: context.requester,
        body: { error: event.error },
      }),
    ),
  };
}

/** The choice between refusal, waiting and start. */
export function startGuards(settings: ConsentSettings) {
  const problemOf = (context: Context, event: Events) => startProblemOf(settings, context, event);
  return {
    cannotStart: ({ context, event }: Args) => problemOf(context, event) !== undefined,
    mustWait: ({ context, event }: Args) => {
      const { age, engagement } = beginningOf(context, event);
      return mayWaitFor(age, engagement.conflicts);
    },
    nothingLeft: ({ event }: Args) => engagementIn(event).nodes.length === 0,
  };
}
