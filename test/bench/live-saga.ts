/** The measured saga as live XState actors that talk to each other directly: what XState is without a runtime. */
import { type AnyActorRef, assign, sendTo, setup } from 'xstate';

interface Coordinator {
  readonly id: string;
  readonly subscribers: readonly AnyActorRef[];
  readonly votes: number;
}
type Question = { readonly type: 'mayDelete'; readonly from: AnyActorRef };

export const subscriber = setup({
  types: {} as { events: Question },
  actions: { ok: sendTo(({ event }) => (event as Question).from, { type: 'ok' }) },
}).createMachine({
  id: 'subscriber',
  initial: 'idle',
  states: { idle: { on: { mayDelete: { actions: 'ok' } } } },
});

export const coordinator = setup({
  types: {} as {
    context: Coordinator;
    events: { type: 'ok' };
    input: Pick<Coordinator, 'id' | 'subscribers'>;
  },
  actions: {
    count: assign({ votes: ({ context }) => context.votes + 1 }),
    ask: sendTo(
      ({ context }) => context.subscribers[context.votes] as AnyActorRef,
      ({ self }) => ({ type: 'mayDelete', from: self }),
    ),
  },
  guards: { isLast: ({ context }) => context.votes === context.subscribers.length - 1 },
}).createMachine({
  id: 'coordinator',
  context: ({ input }) => ({ ...input, votes: 0 }),
  initial: 'asking',
  states: {
    asking: {
      entry: 'ask',
      on: {
        ok: [
          { guard: 'isLast', target: 'gone', actions: 'count' },
          { target: 'asking', reenter: true, actions: 'count' },
        ],
      },
    },
    gone: { type: 'final' },
  },
});
