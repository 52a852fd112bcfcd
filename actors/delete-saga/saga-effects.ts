/**
 * What the owner's machine can do and ask itself, by the names its table uses: effects as data, guards over pure rules.
 *
 * 1. Everything a step needs comes with its event or stands in the context; nothing is looked up.
 */

import { assign, sendParent, sendTo, setup } from 'xstate';
import type { WriteErrorEvent } from '../../runtime/messages/message-events.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { publish, read, record, reply, write } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { factMessages } from '../consent/messages.ts';
import { type Operation, operatorLine } from '../consent/operations.ts';
import type { Pair } from '../consent/pairs.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyWrite, type Subscription } from '../hierarchy/store.ts';
import { ballotsFor, openSubscriptions } from './roster.ts';
import {
  epochsOf,
  idsOfNodes,
  liveNodes,
  refusalBody,
  type SagaVerdict,
  standing,
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
  type RosterEvent,
  type SagaInput,
  type SkipEvent,
  type StartEvent,
  unheldSaga,
} from './saga-context.ts';
import { inventoryOf, planChangeNow } from './saga-inventory.ts';
import { sagaQuestion } from './saga-questions.ts';
import { unlinkWrites, unsubscribeMessages } from './unsubscribe.ts';

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
            ...{
              ...sagaNodes(context),
              nodeIds: idsOfNodes(liveNodes(context)),
              mode: modeOf(context),
              through: context.through,
            },
            ...(context.role === 'root' ? { actor: context.actor } : {}),
            ...(context.age === context.saga ? {} : { age: context.age }),
            ...(context.waited === true ? { waited: true } : {}),
          },
          listOfNow(context),
        ),
      ),
      recordEngaged: record(({ context }: Args) =>
        line(context, 'engaged', {
          ...{
            nodes: nodeNames(context.nodes),
            through: context.through,
            requestedBy: context.requestedBy,
          },
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
        const { output, $ } = event as unknown as { output: SagaVerdict; $: Stamp };
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
        const {
          $: { read: now, atMs: at },
        } = event as RosterEvent;
        return { ...withRoster(context, now), nowMs: at };
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
      noteFailure: assign(({ context, event }) => ({
        refusals: [
          ...context.refusals,
          { service, nodeId: context.nodes[0]?.id ?? '', reason: failureText(event as never) },
        ],
      })),
      recordFailure: record(({ context, event }: Args) =>
        line(context, 'alarm', { waitingFor: [service], reason: failureText(event as never) }),
      ),
      noteCancelled: assign(({ event }) => {
        const { by, why } = (event as OperateEvent).data;
        return { cancelled: { by, why } };
      }),
      recordOperator: record(({ context, event }: Args) => ({
        topic: context.saga,
        line: operatorLine((event as OperateEvent).data),
      })),
      skipVoter: sendTo('clean-up', ({ event }) => ({
        type: 'skip',
        voter:
          (event.type === 'skip' ? (event as SkipEvent).operation : (event as OperateEvent).data)
            .voter ?? '',
      })),
      answerOperated: reply(({ event }: Args) => ({
        to: (event as OperateEvent).$.message.replyTo ?? undefined,
        body: {},
      })),
      refuseOperation: reply(({ context, event }: Args) => {
        const {
          data,
          $: { message },
        } = event as OperateEvent;
        return {
          to: message.replyTo ?? undefined,
          body: { error: operationProblem(context, data) },
        };
      }),
      noteWriteRefusal: assign(({ context, event }) => {
        const { error } = event as WriteErrorEvent;
        return {
          refusals: [{ service, nodeId: context.nodes[0]?.id ?? '', reason: error.message }],
        };
      }),
      recordDecided: record(({ context }: Args) =>
        line(context, 'decided', { nodes: idsOfNodes(context.nodes) }),
      ),
      promise: write(({ context }: Args) =>
        hierarchyWrite('promised', sagaNodes(context), listOfNow(context)),
      ),
      tellPromised: sendParent(({ context }: Args) => ({
        ...{ type: 'engaged', through: context.through },
        ...(context.inventory === true ? { inventory: inventoryOf(service, context) } : {}),
      })),
      notePlanChange: assign(({ context, event }) => {
        const change = planChangeNow(service, context, (event as RosterEvent).$.read);
        return change === undefined ? {} : { planChange: change };
      }),
      tellRefused: sendParent(({ context }: Args) => ({
        type: 'refused',
        ...{
          refusals: context.refusals,
          silent: [...context.silent, ...context.unreachable],
          through: context.through,
        },
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
        const { output } = event as unknown as { output: { done: readonly Pair[] } };
        return { cleaned: [...context.cleaned, ...output.done] };
      }),
      // Whoever subscribed since the list was read must still hear `deleting` before the node goes.
      expectList: write(({ context }: Args) =>
        hierarchyWrite('decide', sagaNodes(context), listOfNow(context)),
      ),
      remove: write(({ context, event }: Args) =>
        hierarchyWrite(
          'remove',
          { ...sagaNodes(context), atMs: (event as LinksEvent).$.atMs },
          null,
        ),
      ),
      unlink: write(({ context, event }: Args) =>
        unlinkWrites(settings, context.saga, (event as LinksEvent).$.read),
      ),
      unsubscribe: publish(({ context, event }: Args) =>
        unsubscribeMessages(settings, context.saga, (event as LinksEvent).$.read),
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
          unheldSaga(service, context, 'refused', (event as RosterEvent).$.atMs),
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
      answerWriteError: reply(({ event }: Args) => {
        const { cause, error } = event as WriteErrorEvent;
        const { replyTo } = (cause as unknown as StartEvent).$.message;
        return { to: replyTo ?? undefined, body: { error: error } };
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
      isCancel: ({ event }) => (event as OperateEvent).data.operation === 'cancel',
      isSkip: ({ event }) => (event as OperateEvent).data.operation === 'skip',
      /** An operator is told what stands in the way, and the skip is undone with the removal it led to. */
      mayBlock: ({ event }) => (event as WriteErrorEvent).cause.type !== 'operateSaga',
      isUpdate: ({ context }) => context.verb.name === 'update',
      isUnanimous: ({ event }) =>
        (event as unknown as { output: SagaVerdict }).output.outcome === 'unanimous',
      isAgreedWithin: ({ context, event }) =>
        context.role === 'inner' &&
        ['agreed', 'gone'].includes(standing(context, (event as RosterEvent).$.read)),
      agreedAtRoot: ({ context, event }) =>
        context.role === 'root' && standing(context, (event as RosterEvent).$.read) === 'agreed',
      planHasChanged: ({ context, event }) => {
        const now = (event as RosterEvent).$.read;
        return (
          ['agreed', 'gone'].includes(standing(context, now)) &&
          planChangeNow(service, context, now) !== undefined
        );
      },
      isGone: ({ context, event }) => standing(context, (event as RosterEvent).$.read) === 'gone',
      hasNewcomers: ({ context, event }) =>
        standing(context, (event as RosterEvent).$.read) === 'newcomers',
      someoneIsOpen: ({ context, event }) =>
        openSubscriptions((event as RosterEvent).$.read.subscriptions, context.cleaned).length > 0,
    },
  });
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
