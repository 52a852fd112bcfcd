/**
 * The messages of a saga: to its requester, to an operator, to its parent and child machines, and
 * to other services. Each entry is one action of `delete-saga-machine.ts`, under the name in the
 * tables of states.
 *
 * - An answer goes to the requester that the context holds. Only `answerOperated`,
 *   `refuseOperation` and `answerWriteError` answer the sender of one event.
 * - `callOffEverybody` tells every subscriber that the saga has asked, with or without an answer.
 */

import { type AnyEventObject, assertEvent, sendParent, setup } from 'xstate';
import type { WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import { identityBelow } from '../../runtime/ports/identity.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { type Publish, publish, reply } from '../../runtime/step/effects.ts';
import type { Refusal } from '../consent/answers.ts';
import { factMessages } from '../consent/messages.ts';
import type { Operation } from '../consent/operations.ts';
import { retainsMember } from '../consent/retained.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { heldRefusals } from './held-deletion.ts';
import { retentionKey, retentionsOf } from './retention-machine.ts';
import { ballotsFor } from './roster.ts';
import { doneBody, liveNodes, refusalBody, retainedBy, retryAfter } from './saga.ts';
import {
  type Args,
  type Context,
  type Events,
  type LinksEvent,
  type Of,
  type OperateEvent,
  type RemovalEvent,
  type StartEvent,
  types,
} from './saga-context.ts';
import { inventoryOf } from './saga-inventory.ts';
import { sagaQuestion } from './saga-questions.ts';
import { unsubscribeMessages } from './unsubscribe.ts';

const { sendTo } = setup({ types });

/** The error for an operation of an operator that the state of the saga does not allow. */
function operationProblem({ verb }: Context, { operation }: Operation): JsonObject {
  const reasons: Record<Operation['operation'], string> = {
    cancel: `the ${verb.name} is decided, and there is no way back; skip the services that it waits for`,
    skip: `the ${verb.name} is not decided yet: it still asks; cancel it`,
    release:
      'the owner holds the saga: cancel it while it asks, skip the services that it waits for after that',
  };
  return { code: 409, name: 'refused', message: reasons[operation] };
}

/** The error for a skip of a voter that the decided saga does not wait for. */
function unawaitedProblem({ subscriptions }: Context, { voter = '' }: Operation): JsonObject {
  const lists = [...new Set(subscriptions.map(({ service }) => service))];
  const message = `nobody waits for '${voter}' here; on the lists are ${lists.join(', ') || 'none'}`;
  return { code: 404, name: 'not-found', message };
}

/** The answers to the requester and to an operator. */
export const answers = {
  answerOperated: reply(() => ({ body: {} })),
  refuseOperation: reply('operateSaga', ({ context, event }: Of<OperateEvent>) => ({
    body: { error: operationProblem(context, event.data) },
  })),
  refuseUnawaited: reply('operateSaga', ({ context, event }: Of<OperateEvent>) => ({
    body: { error: unawaitedProblem(context, event.data) },
  })),
  answerDone: reply(({ context }: Args) => ({
    to: context.requester ?? undefined,
    body: doneBody(context),
  })),
  answerRefused: reply(({ context }: Args) => ({
    to: context.requester ?? undefined,
    body: refusalBody(context),
  })),
  // Only the event of the undone step knows the sender.
  answerWriteError: reply('error.write', ({ event: { cause, error } }: Of<WriteErrorEvent>) => {
    const { $ } = cause as Partial<StartEvent>;
    return { to: $?.message.replyTo, body: { error } };
  }),
};

/** The events for the parent machine and for the clean-up machine. */
export function machineMessages(settings: ConsentSettings) {
  const { service } = settings;
  return {
    skipVoter: sendTo('clean-up', ({ event }) => {
      assertEvent(event, ['skip', 'operateSaga']);
      const { voter = '' } = event.type === 'skip' ? event.operation : event.data;
      return { type: 'skip', voter };
    }),
    tellPromised: sendParent<Context, Events, undefined, AnyEventObject, Events>(({ context }) => ({
      type: 'engaged',
      through: context.through,
      ...(context.inventory === true ? { inventory: inventoryOf(service, context) } : {}),
      ...retainsMember(retainedBy(context)),
    })),
    tellRefused: sendParent<Context, Events, undefined, AnyEventObject, Events>(({ context }) => ({
      type: 'refused',
      refusals: context.refusals,
      silent: [
        ...context.silent,
        ...context.unreachable,
        ...(context.malformed ?? []).map((answer) => answer.service),
      ],
      through: context.through,
    })),
  };
}

/** To this service itself, when the reasons against the deletion have an end; else empty. */
export function heldMessage(
  { own }: ConsentSettings,
  { saga, ids, requestedBy, whenHeld }: Context,
  until: string | undefined,
  refusals: readonly Refusal[],
): readonly Publish[] {
  const [id] = ids;
  if (until === undefined || id === undefined || whenHeld === undefined) return [];
  const data = {
    id,
    saga,
    until,
    requestedBy,
    giveUpAtMs: whenHeld.giveUpAtMs,
    refusals: heldRefusals(refusals),
  };
  const messageId = identityBelow(saga, 'held');
  return [{ ...own, action: 'holdDeletion', data, messageId, mandatory: true }];
}

/** The messages to other services. */
export function publications(settings: ConsentSettings) {
  return {
    unsubscribe: publish('links', ({ context, event }: Of<LinksEvent>) =>
      unsubscribeMessages(settings, context.saga, event.$.read),
    ),
    unsubscribeRemoved: publish('removal', ({ context, event }: Of<RemovalEvent>) =>
      unsubscribeMessages(settings, context.saga, event.$.read.links),
    ),
    /** The refused request is kept, and made again when all reasons against it have ended. */
    holdDeletion: publish(({ context }: Args) =>
      heldMessage(settings, context, retryAfter(context), context.refusals),
    ),
    keepRetentions: publish(({ context }: Args) =>
      retentionsOf(context).map((retention) => ({
        ...settings.own,
        action: 'retention',
        data: retention,
        messageId: identityBelow(retentionKey(retention), 'retention'),
        mandatory: true,
      })),
    ),
    announce: publish(({ context }: Args) =>
      liveNodes(context).flatMap(({ id }) =>
        factMessages(settings, context.verb.done, id, context.saga, {
          'consent-saga': context.saga,
        }),
      ),
    ),
    callOffEverybody: publish(({ context }: Args) =>
      ballotsFor(
        context.asked,
        [],
        'all',
        sagaQuestion(settings, context, context.verb.off, null),
      ).map(({ question: message }) => message),
    ),
  };
}
