/** What the voter's machine can do and ask itself, beside taking questions and ending: effects as data, guards over pure rules. */

import { assertEvent, setup } from 'xstate';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { ask, read, record, reply, write } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { readAnswers } from '../consent/answers.ts';
import { dependantsRead } from '../consent/dependants-read.ts';
import { idList } from '../consent/node-ids.ts';
import { operatorLine } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbs } from '../consent/verbs.ts';
import { hierarchyWrite } from '../hierarchy/store.ts';
import {
  type Args,
  type Context,
  type Events,
  type OperateEvent,
  type PromiseParams,
  questionIn,
  type StandingEvent,
  type VoterActors,
} from './context.ts';
import { inquiryMessages } from './deadline.ts';
import {
  idsThrough,
  isFulfilled,
  liveIds,
  type OpenQuestion,
  okAnswer,
  undecided,
} from './part.ts';

function isDecided({ groups, nodes }: Context): boolean {
  return (
    groups.some(({ phase }) => phase === 'cleaning' || phase === 'gone') ||
    nodes.some(({ phase }) => phase === 'deleting' || phase === 'gone')
  );
}

function saysNo({ answer, about }: StandingEvent): boolean {
  return [...readAnswers(answer, about.ids).values()].some(({ response }) => response === 'no');
}

/** Why an operator's word is not taken in the state it meets. */
function operationProblem({ data }: OperateEvent): JsonObject {
  const reasons: Record<OperateEvent['data']['operation'], string> = {
    cancel: 'it has promised: only its owner calls it off now',
    skip: 'it waits for nobody here: the saga is not decided, or its part is done',
    release:
      'a promise is released only while its owner does not answer inquiries; ask again when it is in doubt',
  };
  return { code: 409, name: 'refused', message: reasons[data.operation] };
}

function operationIn(event: Events): OperateEvent['data']['operation'] {
  assertEvent(event, 'operatePart');
  return event.data.operation;
}

export function voterEffects(settings: ConsentSettings, { innerSaga }: VoterActors) {
  const { service } = settings;
  return setup({
    types: {} as {
      context: Context;
      events: Events;
      input: { readonly key: string; readonly $: Stamp };
    },
    actors: { innerSaga },
    actions: {
      answer: reply((_: Args, { to, body }: { to: OpenQuestion['to'] | null; body: Json }) => ({
        to: to ?? undefined,
        body,
      })),
      note: record(({ context }: Args, line: JsonObject) => ({ topic: context.saga, line })),
      promise: write(({ context }: Args, { nodeIds, state, links }: PromiseParams) => {
        if (nodeIds.length === 0) return undefined;
        const args = {
          saga: context.saga,
          service,
          mode: verbs[context.verb].mode,
          nodeIds,
          state,
        };
        return hierarchyWrite('promise', args, links === null ? null : { links });
      }),
      fulfil: write(
        ({ context }: Args, { nodeIds, atMs }: { nodeIds: readonly string[]; atMs: number }) =>
          nodeIds.length === 0
            ? undefined
            : hierarchyWrite(
                'fulfil',
                { saga: context.saga, service, nodeIds, gone: context.verb === 'delete', atMs },
                null,
              ),
      ),
      release: write(({ context }: Args) =>
        hierarchyWrite('release', { saga: context.saga, service }, null),
      ),
      answerGone: reply(({ event }: Args) => ({
        body: okAnswer(idList(questionIn(event).data.id)),
      })),
      inquire: ask(({ context }: Args) => inquiryMessages(settings, context)),
      /** The first of those set aside, as it stands now. */
      lookAgain: read(({ context }: Args) => {
        const [first] = context.parked;
        if (first === undefined) return [];
        return {
          ...dependantsRead(settings, context.saga, verbs[first.verb].mode, first.ids),
          event: 'looked',
        };
      }),
      /** Everything that hangs on a group's nodes, engaged before or not. */
      findAgain: read(({ context }: Args) => {
        const ids = idsThrough(context, context.restarting?.group ?? '');
        return {
          ...dependantsRead(settings, `${context.saga} again`, verbs[context.verb].mode, ids),
          event: 'found again',
        };
      }),
      answerOperated: reply(() => ({ body: {} })),
      refuseOperation: reply('operatePart', ({ event }: { event: OperateEvent }) => ({
        body: { error: operationProblem(event) },
      })),
      recordOperator: record(
        'operatePart',
        ({ context, event }: { context: Context; event: OperateEvent }) => ({
          topic: context.saga,
          line: operatorLine(event.data),
        }),
      ),
    },
    guards: {
      /** Nothing but tombstones, and nothing promised before: `ok`, and nothing recorded. */
      isGoneAlready: ({ context, event }) => {
        const { data, $ } = questionIn(event);
        return (
          context.nodes.length + context.parked.length === 0 &&
          liveIds(idList(data.id), $.read).length === 0
        );
      },
      isOfDecision: ({ event }) => ['deleting', 'updating'].includes(questionIn(event).type),
      isOldOwner: ({ context }) => context.oldOwner,
      isOff: ({ event }) => {
        assertEvent(event, 'standing');
        return saysNo(event);
      },
      /** Also of nothing: what was set aside may have gone meanwhile. */
      isFulfilled: ({ context }) =>
        (context.nodes.length > 0 || context.askedAtMs > 0) &&
        context.parked.length === 0 &&
        isFulfilled(context),
      isDecided: ({ context }) => isDecided(context),
      mayWithdraw: ({ context, event }) =>
        operationIn(event) === 'cancel' &&
        !isDecided(context) &&
        (context.parked.length > 0 || context.nodes.some(({ phase }) => phase === 'asked')),
      maySkip: ({ context, event }) =>
        operationIn(event) === 'skip' && context.groups.some(({ phase }) => phase === 'cleaning'),
      mayRelease: ({ context, event }) =>
        operationIn(event) === 'release' &&
        context.inquiries > 0 &&
        !context.ownerKnows &&
        !isDecided(context) &&
        undecided(context).length > 0,
    },
  });
}

export type VoterEffects = ReturnType<typeof voterEffects>;
