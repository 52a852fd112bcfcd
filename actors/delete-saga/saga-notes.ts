/**
 * The actions of a saga that change only its context. Each entry is one action of
 * `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - New votes and finished clean-ups are added to the earlier votes and clean-ups. A roster
 *   replaces the earlier roster.
 * - A failure of this service is noted as a refusal by this service.
 */

import { assertEvent, setup } from 'xstate';
import type { ConsentSettings } from '../consent/settings.ts';
import { unansweredRefusals } from '../consent/unanswered.ts';
import { leavers, withAsked, withRoster } from './saga.ts';
import { failures, types } from './saga-context.ts';
import { blockedNow, blockingError, failureText, rosterIn } from './saga-events.ts';
import { planChangeNow } from './saga-inventory.ts';

const { assign } = setup({ types });

/** The progress of questions, votes and clean-up. */
export const progressNotes = {
  noteAsked: assign(({ context }) => ({
    asked: withAsked(context, 'new'),
    rounds: context.rounds + 1,
  })),
  noteAskedOld: assign(({ context }) => ({ asked: withAsked(context, 'old') })),
  noteVerdict: assign(({ context, event }) => {
    assertEvent(event, 'xstate.done.actor.votes');
    const { output, $ } = event;
    const { votes, refusals, silent, unreachable, malformed = [] } = output;
    return {
      votes: [...context.votes, ...votes],
      refusals,
      silent,
      unreachable,
      malformed,
      nowMs: $.atMs,
    };
  }),
  takeRoster: assign(({ context, event }) => {
    assertEvent(event, 'roster');
    const { read: now, atMs: nowMs } = event.$;
    return { ...withRoster(context, now), nowMs };
  }),
  noteCancelled: assign(({ event }) => {
    assertEvent(event, 'operateSaga');
    const { by, why } = event.data;
    return { cancelled: { by, why } };
  }),
  // The removal was refused in the step of the last `ok`, and that step was undone with the
  // removal. So every subscriber has answered.
  noteAllCleaned: assign(({ context }) => ({
    cleaned: context.subscriptions.map(({ service: voter, nodeId }) => ({ voter, nodeId })),
  })),
  noteBlocked: assign(({ context, event }) => ({
    blocked: blockedNow(context, blockingError(context, event)),
  })),
  noteCleaned: assign(({ context, event }) => {
    assertEvent(event, 'xstate.done.actor.clean-up');
    return { cleaned: [...context.cleaned, ...event.output.done] };
  }),
};

/** The reasons for which a saga is called off. */
export function refusalNotes(settings: ConsentSettings) {
  const { service } = settings;
  return {
    noteFailure: assign(({ context, event }) => {
      assertEvent(event, failures);
      const nodeId = context.nodes[0]?.id ?? '';
      const reason = failureText(event);
      return { refusals: [...context.refusals, { service, nodeId, reason }] };
    }),
    noteWriteRefusal: assign(({ context, event }) => {
      assertEvent(event, 'error.write');
      const nodeId = context.nodes[0]?.id ?? '';
      return { refusals: [{ service, nodeId, reason: event.error.message }] };
    }),
    noteUnanswered: assign(({ event }) => {
      const { unanswered } = rosterIn(event);
      if (unanswered === undefined) return {};
      const refusals = unansweredRefusals(unanswered).map((one) => ({ service, ...one }));
      return { refusals, unanswered };
    }),
    noteLeavers: assign(({ context, event }) => ({
      refusals: leavers(context, rosterIn(event)).map(({ service: voter, nodeId }) => {
        const reason = `${voter} was asked and is off the list: it was retired or replaced`;
        return { service, nodeId, reason };
      }),
    })),
    notePlanChange: assign(({ context, event }) => {
      assertEvent(event, 'roster');
      const change = planChangeNow(service, context, event.$.read);
      return change === undefined ? {} : { planChange: change };
    }),
  };
}
