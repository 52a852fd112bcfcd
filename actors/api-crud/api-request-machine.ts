/**
 * One request on its way through the gateway: asked on, answered back. Ephemeral: the request's identity goes on with it, so that
 * who asks again after a crash is not done twice; who asks again while the first request is open is answered with it.
 */
import { assign, setup } from 'xstate';
import type { AnswerEvent, MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { ask, type Destination, type ReplyAddress, reply } from '../../runtime/step/effects.ts';

type RequestEvent = MessageEvent<Json, unknown, 'create' | 'read' | 'update' | 'delete' | 'plan'>;
type AnsweredEvent = AnswerEvent<null, 'answered' | 'answered.unroutable'>;
type Events = RequestEvent | AnsweredEvent;

type Context = {
  readonly action: string;
  /** Everybody who waits for the answer. */
  readonly callers: readonly ReplyAddress[];
};

function withCaller(
  { callers }: Context,
  { $: { message } }: RequestEvent,
): readonly ReplyAddress[] {
  return message.replyTo === null ? callers : [...callers, message.replyTo];
}

function toAll({ callers }: Context, body: Json) {
  return callers.map((to) => ({ to, body }));
}

function failure({ action }: Context, code: number, name: string, message: string): Json {
  return { ...(action === 'create' ? { id: null } : {}), error: { code, name, message } };
}

export function apiRequestMachine(service: string, model: Destination, timeoutMs: number) {
  return setup({
    types: {} as { context: Context; events: Events },
    actions: {
      keep: assign(({ context, event }) => ({
        action: event.type,
        callers: withCaller(context, event as RequestEvent),
      })),
      askModel: ask(({ event }: { event: Events }) => {
        const {
          type,
          data,
          $: { message, newId: fresh },
        } = event as RequestEvent;
        return {
          ...model,
          action: type,
          data,
          messageId: `${message.identity ?? fresh}/${service}`,
          answer: 'answered',
        };
      }),
      answer: reply(({ context, event }: { context: Context; event: Events }) =>
        toAll(context, (event as AnsweredEvent).answer),
      ),
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
        on: {
          create: { target: 'asked', actions: ['keep', 'askModel'] },
          read: { target: 'asked', actions: ['keep', 'askModel'] },
          update: { target: 'asked', actions: ['keep', 'askModel'] },
          delete: { target: 'asked', actions: ['keep', 'askModel'] },
          plan: { target: 'asked', actions: ['keep', 'askModel'] },
        },
      },
      asked: {
        after: { [timeoutMs]: { target: 'ended', actions: 'answerTimeout' } },
        on: {
          create: { actions: 'keep' },
          read: { actions: 'keep' },
          update: { actions: 'keep' },
          delete: { actions: 'keep' },
          plan: { actions: 'keep' },
          answered: { target: 'ended', actions: 'answer' },
          'answered.unroutable': { target: 'ended', actions: 'answerUnreachable' },
        },
      },
      ended: { type: 'final' },
    },
  });
}
