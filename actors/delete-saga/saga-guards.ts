/**
 * The guards of a saga from its first question on. Each entry is one guard of
 * `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - A guard applies a pure rule to the event and the context; the event carries the roster.
 * - An inner saga is never decided by its own roster: `agreedAtRoot` holds for a root only.
 */

import { assertEvent } from 'xstate';
import type { ConsentSettings } from '../consent/settings.ts';
import { openSubscriptions } from './roster.ts';
import type { Args } from './saga-context.ts';
import { agreementOf, isAgreedOrGone, refusedAbove, rosterIn } from './saga-events.ts';
import { planChangeNow } from './saga-inventory.ts';

/** The role of the saga, the decision of the saga above, and the requests of an operator. */
export const originGuards = {
  isInner: ({ context }: Args) => context.role === 'inner',
  isAlone: ({ context }: Args) => context.role === 'inner' && context.subscriptions.length === 0,
  isDecidedAbove: ({ context }: Args) => context.decidedAbove,
  isForOwnStep: ({ event }: Args) => event.type === 'decide' && event.inOwnStep === true,
  isRefusedAbove: ({ context, event }: Args) => refusedAbove(context, event) !== null,
  isCancel: ({ event }: Args) => {
    assertEvent(event, 'operateSaga');
    return event.data.operation === 'cancel';
  },
  isSkip: ({ event }: Args) => {
    assertEvent(event, 'operateSaga');
    return event.data.operation === 'skip';
  },
  skipsAwaited: ({ context, event }: Args) => {
    assertEvent(event, 'operateSaga');
    const { operation, voter } = event.data;
    return operation === 'skip' && context.subscriptions.some(({ service }) => service === voter);
  },
  // An operator gets the refusal as the answer, and the skip is undone with the removal that
  // the skip led to.
  mayBlock: ({ event }: Args) => {
    assertEvent(event, 'error.write');
    return event.cause.type !== 'operateSaga';
  },
  isUpdate: ({ context }: Args) => context.verb.name === 'update',
};

/** The votes and the roster. */
export function agreementGuards(settings: ConsentSettings) {
  const { service } = settings;
  return {
    isUnanimous: ({ event }: Args) => {
      assertEvent(event, 'xstate.done.actor.votes');
      return event.output.outcome === 'unanimous';
    },
    isAgreedWithin: ({ context, event }: Args) =>
      context.role === 'inner' && isAgreedOrGone(agreementOf({ context, event })),
    agreedAtRoot: ({ context, event }: Args) =>
      context.role === 'root' && agreementOf({ context, event }) === 'agreed',
    leavesUnanswered: ({ context, event }: Args) =>
      isAgreedOrGone(agreementOf({ context, event })) && rosterIn(event).unanswered !== undefined,
    planHasChanged: ({ context, event }: Args) =>
      isAgreedOrGone(agreementOf({ context, event })) &&
      planChangeNow(service, context, rosterIn(event)) !== undefined,
    isGone: ({ context, event }: Args) => agreementOf({ context, event }) === 'gone',
    hasLeavers: ({ context, event }: Args) => agreementOf({ context, event }) === 'left',
    hasNewcomers: ({ context, event }: Args) => agreementOf({ context, event }) === 'newcomers',
    someoneIsOpen: ({ context, event }: Args) =>
      openSubscriptions(rosterIn(event).subscriptions, context.cleaned).length > 0,
  };
}
