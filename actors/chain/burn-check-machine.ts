/**
 * Answers whether a token could be burned now, or whether a transaction has burned the token, and
 * ends. Each question starts a new actor.
 */
import { assertEvent, type DoneActorEvent, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import { refuse, reply } from '../../runtime/step/effects.ts';
import {
  chainUnknown,
  checkActivities,
  type TokenCheck,
  type TokenQuestion,
} from './burn-activities.ts';
import { failedAnswer, failureOf } from './burn-effects.ts';
import type { CheckToken } from './messages.ts';
import { type Token, tokenProblem } from './token.ts';
import type { Web3Wrappers } from './web3-wrapper.ts';

type Context = {
  readonly token: Token | null;
  /** The hash of a transaction that has perhaps burned the token. */
  readonly burned: string | null;
  readonly caller: ReplyAddress | null;
};
type CheckEvent = MessageEvent<CheckToken, null, 'check'>;
type Events =
  | CheckEvent
  | DoneActorEvent<TokenCheck, 'check'>
  | { readonly type: 'xstate.error.actor.check'; readonly error: unknown };

function problemOf({ data: { token } }: CheckEvent, web3: Web3Wrappers): Refused | undefined {
  const problem = tokenProblem(token);
  if (problem !== undefined) return new Refused('bad-message', problem, { at: '/data/token' });
  return web3(token.chain) === undefined ? chainUnknown(token.chain) : undefined;
}

const { assign } = setup({ types: {} as { context: Context; events: Events } });

export function burnCheckMachine(web3: Web3Wrappers) {
  return setup({
    types: {} as { context: Context; events: Events },
    actors: checkActivities(web3),
    guards: {
      isRefused: ({ event }) => event.type === 'check' && problemOf(event, web3) !== undefined,
    },
    actions: {
      keepQuestion: assign(({ event }) => {
        assertEvent(event, 'check');
        const { token, burned = null } = event.data;
        return { token, burned, caller: event.$.message.replyTo };
      }),
      refuseToken: refuse<Context, Events>(({ event }) => {
        assertEvent(event, 'check');
        return problemOf(event, web3);
      }),
      answer: reply<Context, Events>(({ context: { caller }, event }) => {
        assertEvent(event, 'xstate.done.actor.check');
        const { output } = event;
        const body =
          output.kind === 'impossible' ? failedAnswer(output.reason) : { response: 'ok' };
        return caller === null ? [] : [{ to: caller, body }];
      }),
      // 503 is no refusal: the sender asks again.
      answerUnknown: reply<Context, Events>(({ context: { caller }, event }) => {
        const message = failureOf(event);
        const error = { code: 503, name: 'not-reachable', message };
        return caller === null ? [] : [{ to: caller, body: { error }, recorded: false }];
      }),
    },
  }).createMachine({
    id: 'burn-check',
    context: { token: null, burned: null, caller: null },
    initial: 'asked',
    states: {
      asked: {
        on: {
          check: [
            { guard: 'isRefused', target: 'done', actions: 'refuseToken' },
            {
              target: 'checking',
              actions: 'keepQuestion',
            },
          ],
        },
      },
      checking: {
        invoke: {
          id: 'check',
          src: 'checkToken',
          input: ({ context: { token, burned } }): TokenQuestion => ({
            token: token as Token,
            burned,
          }),
          onDone: { target: 'done', actions: 'answer' },
          onError: { target: 'done', actions: 'answerUnknown' },
        },
      },
      done: { type: 'final' },
    },
  });
}
