/**
 * Pure readings of the events of a saga: a roster, the agreement of that roster, and the texts of
 * refusals and failures. Guards and actions of `delete-saga-machine.ts` share these functions.
 *
 * - A function for events of one type throws when the event has another type.
 */

import { assertEvent } from 'xstate';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import { type RosterAgreement, type RosterNow, rosterAgreement } from './saga.ts';
import type { Args, Context, Events, FailedEvent } from './saga-context.ts';

export function rosterIn(event: Events): RosterNow {
  assertEvent(event, 'roster');
  return event.$.read;
}

export function agreementOf({ context, event }: Args): RosterAgreement {
  return rosterAgreement(context, rosterIn(event));
}

export function isAgreedOrGone(agreement: RosterAgreement): boolean {
  return agreement === 'agreed' || agreement === 'gone';
}

/**
 * The error for which the step of the parent's decision was undone; null when no step was undone.
 */
export function refusedAbove({ refusedAbove: atStart }: Context, event: Events): ErrorBody | null {
  return (event.type === 'decide' ? event.refused : atStart) ?? null;
}

export function failureText({ error }: FailedEvent): string {
  const message = (error as { readonly message?: unknown } | null)?.message;
  return `a part of the saga failed: ${typeof message === 'string' ? message : JSON.stringify(error)}`;
}

/** The error that keeps a decided saga from its writes; null where a child machine failed. */
export function blockingError(context: Context, event: Events): ErrorBody | null {
  return event.type === 'error.write' ? event.error : refusedAbove(context, event);
}

/** The obstacle with the number of tries that it has stopped, this one included. */
export function blockedNow(
  { blocked }: Pick<Context, 'blocked'>,
  error: ErrorBody | null,
): { readonly reason: string | null; readonly tries: number } {
  const reason = error?.message ?? null;
  const isSame = blocked !== undefined && blocked.reason === reason;
  return { reason, tries: isSame ? blocked.tries + 1 : 1 };
}
