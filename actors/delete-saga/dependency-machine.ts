/**
 * Subscribes to the nodes of other services on which a node will depend after an update. The saga
 * asks its voters about the update only afterwards ("Rules" in `docs/protocol.md`).
 *
 * Invariants:
 * - Wait: after the answer `wait` the machine asks again, until the deadline for the beginning of the
 *   update. A `no`, and an owner that cannot be reached, end the machine with the reason.
 * - No lock: the machine holds no lock while it waits.
 */

import { assign, setup } from 'xstate';
import type { AnswerEvent } from '../../runtime/messages/message-events.ts';
import { identityBelow } from '../../runtime/ports/identity.ts';
import { type Ask, ask } from '../../runtime/step/effects.ts';
import { readAnswer } from '../consent/answers.ts';
import { unreachableOwner } from '../consent/subscribe-messages.ts';

export type DependencyInput = {
  /** A `subscribe` for each node, under a generation of its own. */
  readonly questions: readonly {
    readonly nodeId: string;
    readonly question: Omit<Ask, 'answer' | 'about'>;
  }[];
};
type Context = DependencyInput & {
  readonly subscribed: readonly string[];
  readonly attempts: number;
  readonly reason: string | null;
};
type Events = AnswerEvent<{ readonly nodeId: string }, 'subscribed' | 'subscribed.unroutable'>;
type Args = { context: Context; event: Events };

const askAgainMs = 500;

function responseOf({ answer }: Events): string | undefined {
  return readAnswer(answer)?.response;
}

function unreachable({ questions }: Context, id: string): string {
  const asked = questions.find(({ nodeId }) => nodeId === id);
  const whose = `the owner of ${id}`;
  return asked === undefined
    ? `${whose} cannot be reached`
    : unreachableOwner(whose, asked.question);
}

export const dependencyMachine = setup({
  types: {} as {
    context: Context;
    events: Events;
    input: DependencyInput;
    output: { readonly reason: string | null };
  },
  actions: {
    subscribe: ask(({ context }: Args) =>
      context.questions
        .filter(({ nodeId }) => !context.subscribed.includes(nodeId))
        .map(({ nodeId, question }) => {
          const { messageId = '' } = question;
          const attempt = String(context.attempts);
          return {
            ...question,
            messageId: context.attempts === 0 ? messageId : identityBelow(messageId, attempt),
            answer: 'subscribed',
            about: { nodeId },
          };
        }),
    ),
    noteSubscribed: assign({
      subscribed: ({ context, event }) => [...new Set([...context.subscribed, event.about.nodeId])],
    }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    noteReason: assign({
      reason: ({ context, event }) =>
        event.type === 'subscribed.unroutable'
          ? unreachable(context, event.about.nodeId)
          : `the owner of ${event.about.nodeId} refuses the subscription: ${readAnswer(event.answer)?.reason ?? 'no reason given'}`,
    }),
  },
  guards: {
    saysOk: ({ event }) => responseOf(event) === 'ok',
    saysWait: ({ event }) => responseOf(event) === 'wait',
    allSubscribed: ({ context }) =>
      context.questions.every(({ nodeId }) => context.subscribed.includes(nodeId)),
  },
}).createMachine({
  id: 'dependency',
  context: ({ input }) => ({ ...input, subscribed: [], attempts: 0, reason: null }),
  initial: 'asking',
  states: {
    asking: {
      entry: 'subscribe',
      always: { guard: 'allSubscribed', target: 'over' },
      on: {
        subscribed: [
          { guard: 'saysOk', actions: 'noteSubscribed' },
          { guard: 'saysWait', target: 'askingAgain' },
          { target: 'over', actions: 'noteReason' },
        ],
        'subscribed.unroutable': { target: 'over', actions: 'noteReason' },
      },
    },
    askingAgain: {
      after: { [askAgainMs]: { target: 'asking', actions: 'countAttempt' } },
      on: {
        subscribed: [{ guard: 'saysOk', actions: 'noteSubscribed' }, {}],
        'subscribed.unroutable': {},
      },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => ({ reason: context.reason }),
});
