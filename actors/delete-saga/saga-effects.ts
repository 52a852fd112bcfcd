/**
 * What the owner's machine can do and ask itself, by the names its table uses: effects as data, guards over pure rules.
 *
 * 1. Everything a step needs comes with its event or stands in the context; nothing is looked up.
 */

import { assertEvent, assign, sendParent, sendTo, setup } from 'xstate';
import type { WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { publish, read, record, reply, write } from '../../runtime/step/effects.ts';
import { factMessages } from '../consent/messages.ts';
import { type Operation, operatorLine } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyWrite, type Subscription } from '../hierarchy/store.ts';
import { ballotsFor, openSubscriptions } from './roster.ts';
import {
  epochsOf,
  idsOfNodes,
  liveNodes,
  type RosterAgreement,
  type RosterNow,
  refusalBody,
  rosterAgreement,
  withAsked,
  withRoster,
} from './saga.ts';
import {
  type Args,
  type Context,
  type DeleteSagaActors,
  type Events,
  type FailedEvent,
  type LinksEvent,
  line,
  modeOf,
  nodeNames,
  type OperateEvent,
  type SagaInput,
  type StartEvent,
  unheldSaga,
} from './saga-context.ts';
import { inventoryOf, planChangeNow } from './saga-inventory.ts';
import { sagaQuestion } from './saga-questions.ts';
import { unlinkWrites, unsubscribeMessages } from './unsubscribe.ts';

/** The arguments of an action that runs on one event only. */
type Of<Event> = { context: Context; event: Event };

const failures = [
  'xstate.error.actor.votes',
  'xstate.error.actor.clean-up',
  'xstate.error.actor.dependency',
] as const;

/** For one service: settings and the machines it invokes are the service's. */
export function sagaEffects(settings: ConsentSettings, actors: DeleteSagaActors) {
  const { service } = settings;
  const listOfNow = (context: Context) => ({ epochs: epochsOf(liveNodes(context)) });
  const sagaNodes = (context: Context) => ({
    saga: context.saga,
    service,
    nodeIds: idsOfNodes(context.nodes),
  });

  return setup({
    types: {} as { context: Context; events: Events; input: SagaInput },
    actors: {
      voteCollection: actors.voteCollection,
      cleanUp: actors.cleanUp,
      dependency: actors.dependency,
    },
    actions: {
      freeze: write(({ context }: Args) =>
        hierarchyWrite(
          'freeze',
          {
            ...sagaNodes(context),
            nodeIds: idsOfNodes(liveNodes(context)),
            mode: modeOf(context),
            through: context.through,
            ...(context.role === 'root' ? { actor: context.actor } : {}),
            ...(context.age === context.saga ? {} : { age: context.age }),
            ...(context.waited === true ? { waited: true } : {}),
          },
          listOfNow(context),
        ),
      ),
      recordEngaged: record(({ context }: Args) =>
        line(context, 'engaged', {
          nodes: nodeNames(context.nodes),
          through: context.through,
          requestedBy: context.requestedBy,
          roster: rosterLines(context.subscriptions),
        }),
      ),
      readRoster: read(({ context }: Args) => ({
        ...hierarchyRead('roster', { nodeIds: idsOfNodes(context.nodes) }),
        event: 'roster',
      })),
      readLinks: read(({ context }: Args) => ({
        ...hierarchyRead('orphanedLinks', { service, nodeIds: idsOfNodes(context.nodes) }),
        event: 'links',
      })),
      noteAsked: assign(({ context }) => ({
        asked: withAsked(context, 'new'),
        rounds: context.rounds + 1,
      })),
      noteAskedOld: assign(({ context }) => ({ asked: withAsked(context, 'old') })),
      noteVerdict: assign(({ context, event }) => {
        assertEvent(event, 'xstate.done.actor.votes');
        const { output, $ } = event;
        const { votes, refusals, silent, unreachable } = output;
        return {
          votes: [...context.votes, ...votes],
          refusals,
          silent,
          unreachable,
          nowMs: $.atMs,
        };
      }),
      takeRoster: assign(({ context, event }) => {
        assertEvent(event, 'roster');
        const { read: now, atMs: nowMs } = event.$;
        return { ...withRoster(context, now), nowMs };
      }),
      // The owner's decision holds for the list as it was read; a part in somebody else's saga goes by the decision above.
      decide: write(({ context }: Args) =>
        hierarchyWrite(
          'decide',
          sagaNodes(context),
          context.role === 'root' ? listOfNow(context) : null,
        ),
      ),
      recordNewcomers: record(({ context }: Args) =>
        line(context, 'newcomers', {
          roster: rosterLines(openSubscriptions(context.subscriptions, context.votes)),
        }),
      ),
      noteFailure: assign(({ context, event }) => {
        assertEvent(event, failures);
        const nodeId = context.nodes[0]?.id ?? '';
        const reason = failureText(event);
        return { refusals: [...context.refusals, { service, nodeId, reason }] };
      }),
      recordFailure: record(failures, ({ context, event }: Of<FailedEvent>) =>
        line(context, 'alarm', { waitingFor: [service], reason: failureText(event) }),
      ),
      noteCancelled: assign(({ event }) => {
        assertEvent(event, 'operateSaga');
        const { by, why } = event.data;
        return { cancelled: { by, why } };
      }),
      recordOperator: record('operateSaga', ({ context, event }: Of<OperateEvent>) => ({
        topic: context.saga,
        line: operatorLine(event.data),
      })),
      skipVoter: sendTo('clean-up', ({ event }) => {
        assertEvent(event, ['skip', 'operateSaga']);
        const { voter = '' } = event.type === 'skip' ? event.operation : event.data;
        return { type: 'skip', voter };
      }),
      answerOperated: reply(() => ({ body: {} })),
      refuseOperation: reply('operateSaga', ({ context, event }: Of<OperateEvent>) => ({
        body: { error: operationProblem(context, event.data) },
      })),
      noteWriteRefusal: assign(({ context, event }) => {
        assertEvent(event, 'error.write');
        const nodeId = context.nodes[0]?.id ?? '';
        return { refusals: [{ service, nodeId, reason: event.error.message }] };
      }),
      recordDecided: record(({ context }: Args) =>
        line(context, 'decided', { nodes: idsOfNodes(context.nodes) }),
      ),
      promise: write(({ context }: Args) =>
        hierarchyWrite('promised', sagaNodes(context), listOfNow(context)),
      ),
      tellPromised: sendParent(({ context }: Args) => ({
        type: 'engaged',
        through: context.through,
        ...(context.inventory === true ? { inventory: inventoryOf(service, context) } : {}),
      })),
      notePlanChange: assign(({ context, event }) => {
        assertEvent(event, 'roster');
        const change = planChangeNow(service, context, event.$.read);
        return change === undefined ? {} : { planChange: change };
      }),
      tellRefused: sendParent(({ context }: Args) => ({
        type: 'refused',
        refusals: context.refusals,
        silent: [...context.silent, ...context.unreachable],
        through: context.through,
      })),
      // The removal was refused in the step of the last `ok`, which was undone with it: all have answered.
      noteAllCleaned: assign(({ context }) => ({
        cleaned: context.subscriptions.map(({ service: voter, nodeId }) => ({ voter, nodeId })),
      })),
      recordAllCleaned: record(({ context }: Args) =>
        line(context, 'all cleaned', {
          action: context.verb.doing,
          roster: rosterLines(context.subscriptions),
        }),
      ),
      recordOldVoters: record(({ context }: Args) => {
        const old = openSubscriptions(context.subscriptions, context.votes).filter(
          ({ consent }) => !consent,
        );
        const peers = [...new Set(old.map((one) => one.service))];
        return old.length === 0
          ? []
          : line(context, 'legacy', { hole: 'the ok of an old peer is no promise', peers });
      }),
      noteCleaned: assign(({ context, event }) => {
        assertEvent(event, 'xstate.done.actor.clean-up');
        return { cleaned: [...context.cleaned, ...event.output.done] };
      }),
      // Whoever subscribed since the list was read must still hear `deleting` before the node goes.
      expectList: write(({ context }: Args) =>
        hierarchyWrite('decide', sagaNodes(context), listOfNow(context)),
      ),
      remove: write(({ context, event }: Args) =>
        hierarchyWrite('remove', { ...sagaNodes(context), atMs: event.$.atMs }, null),
      ),
      unlink: write('links', ({ context, event }: Of<LinksEvent>) =>
        unlinkWrites(settings, context.saga, event.$.read),
      ),
      unsubscribe: publish('links', ({ context, event }: Of<LinksEvent>) =>
        unsubscribeMessages(settings, context.saga, event.$.read),
      ),
      disengage: write(({ context }: Args) =>
        hierarchyWrite('disengage', sagaNodes(context), null),
      ),
      announce: publish(({ context }: Args) =>
        liveNodes(context).flatMap(({ id }) =>
          factMessages(settings, context.verb.done, id, context.saga, {
            'consent-saga': context.saga,
          }),
        ),
      ),
      recordRemoved: record(({ context }: Args) =>
        line(context, context.verb.done, { nodes: nodeNames(liveNodes(context)) }),
      ),
      release: write(({ context }: Args) =>
        hierarchyWrite('release', { saga: context.saga, service }, null),
      ),
      noteRefused: write(({ context, event }: Args) => {
        if (context.role === 'inner') return undefined;
        return hierarchyWrite(
          'unheld',
          unheldSaga(service, context, 'refused', event.$.atMs),
          null,
        );
      }),
      callOffEverybody: publish(({ context }: Args) =>
        ballotsFor(
          context.asked,
          [],
          'all',
          sagaQuestion(settings, context, context.verb.off, null),
        ).map(({ question: message }) => message),
      ),
      recordCalledOff: record(({ context }: Args) =>
        line(context, 'called off', {
          nodes: idsOfNodes(context.nodes),
          refusals: context.refusals,
          silent: context.silent,
          unreachable: context.unreachable,
        }),
      ),
      answerDone: reply(({ context }: Args) => ({ to: context.requester ?? undefined, body: {} })),
      answerRefused: reply(({ context }: Args) => ({
        to: context.requester ?? undefined,
        body: refusalBody(context),
      })),
      // The sender stands only in the event of the undone step.
      answerWriteError: reply('error.write', ({ event: { cause, error } }: Of<WriteErrorEvent>) => {
        const { $ } = cause as Partial<StartEvent>;
        return { to: $?.message.replyTo, body: { error } };
      }),
      recordBlocked: record(({ context, event }: Args) =>
        line(context, 'blocked', {
          error: event.type === 'error.write' ? event.error : refusedAbove(context, event),
        }),
      ),
    },
    guards: {
      isInner: ({ context }) => context.role === 'inner',
      isDecidedAbove: ({ context }) => context.decidedAbove,
      isRefusedAbove: ({ context, event }) => refusedAbove(context, event) !== null,
      isCancel: ({ event }) => {
        assertEvent(event, 'operateSaga');
        return event.data.operation === 'cancel';
      },
      isSkip: ({ event }) => {
        assertEvent(event, 'operateSaga');
        return event.data.operation === 'skip';
      },
      /** An operator is told what stands in the way, and the skip is undone with the removal it led to. */
      mayBlock: ({ event }) => {
        assertEvent(event, 'error.write');
        return event.cause.type !== 'operateSaga';
      },
      isUpdate: ({ context }) => context.verb.name === 'update',
      isUnanimous: ({ event }) => {
        assertEvent(event, 'xstate.done.actor.votes');
        return event.output.outcome === 'unanimous';
      },
      isAgreedWithin: ({ context, event }) =>
        context.role === 'inner' && isAgreedOrGone(agreementOf({ context, event })),
      agreedAtRoot: ({ context, event }) =>
        context.role === 'root' && agreementOf({ context, event }) === 'agreed',
      planHasChanged: ({ context, event }) =>
        isAgreedOrGone(agreementOf({ context, event })) &&
        planChangeNow(service, context, rosterIn(event)) !== undefined,
      isGone: ({ context, event }) => agreementOf({ context, event }) === 'gone',
      hasNewcomers: ({ context, event }) => agreementOf({ context, event }) === 'newcomers',
      someoneIsOpen: ({ context, event }) =>
        openSubscriptions(rosterIn(event).subscriptions, context.cleaned).length > 0,
    },
  });
}

function rosterIn(event: Events): RosterNow {
  assertEvent(event, 'roster');
  return event.$.read;
}

function agreementOf({ context, event }: Args): RosterAgreement {
  return rosterAgreement(context, rosterIn(event));
}

function isAgreedOrGone(agreement: RosterAgreement): boolean {
  return agreement === 'agreed' || agreement === 'gone';
}

export type SagaEffects = ReturnType<typeof sagaEffects>;

/** Why the step in which its parent took the decision was undone. */
function refusedAbove({ refusedAbove: atStart }: Context, event: Events): ErrorBody | null {
  return (event.type === 'decide' ? event.refused : atStart) ?? null;
}

function rosterLines(subscriptions: readonly Subscription[]): Json {
  return subscriptions.map(({ nodeId, service, generation, consent }) => ({
    nodeId,
    service,
    generation,
    consent,
  }));
}

function failureText({ error }: FailedEvent): string {
  const message = (error as { readonly message?: unknown } | null)?.message;
  return `a part of it failed: ${typeof message === 'string' ? message : JSON.stringify(error)}`;
}

/** Why an operator's word is not taken in the state it meets. */
function operationProblem({ verb }: Context, { operation }: Operation): JsonObject {
  const reasons: Record<Operation['operation'], string> = {
    cancel: `the ${verb.name} is decided, and there is no way back; skip whom it waits for`,
    skip: `the ${verb.name} is not decided yet: it still asks; cancel it`,
    release: 'the owner holds the saga: cancel it while it asks, skip whom it waits for after that',
  };
  return { code: 409, name: 'refused', message: reasons[operation] };
}
