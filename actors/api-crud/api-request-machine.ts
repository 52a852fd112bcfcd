/**
 * A request on its way through the gateway: the gateway asks the model service, and passes the
 * answer back to the caller.
 *
 * 1. The machine is ephemeral. The question to the model carries the request's identity, so a
 *    caller that repeats a request after a crash does not cause a second effect. The headers
 *    `caller` and `caller-roles` go along.
 * 2. A caller that repeats an open request is added to the callers and gets the same answer.
 */

import { assertEvent, setup } from 'xstate';
import type { AnswerEvent, MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { ask, type Destination, type ReplyAddress, reply } from '../../runtime/step/effects.ts';
import { prefixed } from '../consent/action-names.ts';
import type { LinkAction } from '../model-crud/messages.ts';

/** The requests of every entity. */
export const requests = [
  'create',
  'createAlias',
  'copy',
  'read',
  'update',
  'delete',
  'plan',
] as const;
export type RequestAction = (typeof requests)[number] | LinkAction;

type RequestEvent = MessageEvent<Json, unknown, RequestAction>;
type AnsweredEvent = AnswerEvent<null, 'answered' | 'answered.unroutable'>;
type Events = RequestEvent | AnsweredEvent;

type Context = {
  readonly action: string;
  /** Addresses of the callers that wait for the answer. */
  readonly callers: readonly ReplyAddress[];
};

/** The answer to these has the id of the new node. */
const creating: readonly string[] = ['create', 'createAlias', 'copy'];

/**
 * The most callers of one request. A further caller replaces the caller that has waited longest.
 */
const callersMax = 16;

const answers = ['answered', 'answered.unroutable'] as const;
const { assign } = setup({ types: {} as { context: Context; events: Events } });

function requestIn(event: Events): RequestEvent {
  if ('data' in event) return event;
  throw new Broken('broken', `the gateway takes a request here, not '${event.type}'`);
}

const keep = assign(({ context: { callers }, event }) => {
  const { type: action, $ } = requestIn(event);
  const { replyTo } = $.message;
  return { action, callers: replyTo === null ? callers : withCaller(callers, replyTo) };
});

/** A caller that repeats its request from the same address gets one answer. */
function withCaller(callers: Context['callers'], caller: ReplyAddress): Context['callers'] {
  const isOther = ({ routingKey, correlationId }: ReplyAddress): boolean =>
    routingKey !== caller.routingKey || correlationId !== caller.correlationId;
  return [...callers.filter(isOther).slice(1 - callersMax), caller];
}

const answer = reply<Context, Events>(({ context, event }) => {
  assertEvent(event, answers);
  return toAll(context, event.answer);
});

/**
 * The question to the model service, under the identity of the request: a request that comes again
 * through another process of the gateway is the same question.
 */
function askModel({ exchange, routingKey }: Destination, prefix: string | undefined) {
  return ask(({ event }: { readonly event: Events }) => {
    const { type, data, $ } = requestIn(event);
    const { message, newId } = $;
    return {
      exchange,
      routingKey,
      action: prefixed(type, prefix),
      data,
      messageId: message.identity ?? newId,
      ...callerHeaders(message.headers),
      answer: 'answered',
    };
  });
}

/** The caller in front of the gateway, as the sender of the request names the caller. */
function callerHeaders(given: Headers): { readonly headers?: Headers } {
  const named = ['caller', 'caller-roles'].flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return named.length === 0 ? {} : { headers: Object.fromEntries(named) };
}

function toAll({ callers }: Context, body: Json) {
  return callers.map((to) => ({ to, body }));
}

function failure({ action }: Context, code: number, name: string, message: string): Json {
  return {
    ...(creating.includes(action) ? { id: null } : {}),
    error: { code, name, message },
  };
}

function onEach<Taken>(actions: readonly RequestAction[], taken: Taken) {
  return Object.fromEntries(actions.map((action) => [action, taken]));
}

/**
 * `actions`: the requests that the machine takes. `prefix` stands before the actions of the
 * questions.
 */
export function apiRequestMachine(
  model: Destination,
  timeoutMs: number,
  actions: readonly RequestAction[],
  prefix?: string,
) {
  return setup({
    types: {} as { context: Context; events: Events },
    actions: {
      keep,
      answer,
      askModel: askModel(model, prefix),
      answerUnreachable: reply(({ context }: { context: Context }) =>
        toAll(
          context,
          failure(
            context,
            503,
            'not-reachable',
            `no service takes messages under '${model.routingKey}'`,
          ),
        ),
      ),
      answerTimeout: reply(({ context }: { context: Context }) =>
        toAll(
          context,
          failure(
            context,
            504,
            'timed-out',
            `no answer within ${timeoutMs} ms; the request may still be carried out`,
          ),
        ),
      ),
    },
  }).createMachine({
    id: 'api-request',
    context: { action: '', callers: [] },
    initial: 'open',
    states: {
      open: {
        on: onEach(actions, { target: 'asked', actions: ['keep', 'askModel'] } as const),
      },
      asked: {
        after: { [timeoutMs]: { target: 'ended', actions: 'answerTimeout' } },
        on: {
          ...onEach(actions, { actions: 'keep' } as const),
          answered: { target: 'ended', actions: 'answer' },
          'answered.unroutable': { target: 'ended', actions: 'answerUnreachable' },
        },
      },
      ended: { type: 'final' },
    },
  });
}
