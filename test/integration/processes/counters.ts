/**
 * A service whose actors' final states say whether every event was handled once and in order: a chain that depends on the order of notes,
 * sums of what timers and activities brought, a row a note in the service's own table.
 */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type {
  MessageRoute,
  ServiceDefinition,
} from '../../../runtime/messages/service-definition.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { defineService } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { type ReplyAddress, reply, write } from '../../../runtime/step/effects.ts';
import { add } from '../../contract/journal/ledger-store.ts';

export const counterKinds = ['note', 'later', 'work'] as const;
export type CounterKind = (typeof counterKinds)[number];

interface CounterContext {
  readonly key: string;
  readonly caller: ReplyAddress | null;
  /** Depends on every note and on their order. */
  readonly chain: number;
  readonly notes: number;
  /** What `later` asked for and no timer has brought yet. */
  readonly waiting: number;
  readonly late: number;
  readonly queued: number;
  readonly doing: number;
  readonly worked: number;
}
type CounterMessage = MessageEvent<
  { readonly key: string; readonly n: number },
  undefined,
  CounterKind
>;

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'counters',
    publish: { main: { name: 'counters', type: 'direct', routing_key: 'counters_publish' } },
    consume: {
      main: {
        name: 'counters',
        type: 'direct',
        queue: 'counters_consume',
        routing_key: 'counters_consume',
      },
    },
  }),
  { file: 'counters.json', env: {}, sections: {} },
);

export const counters = { exchange: 'counters', routingKey: 'counters_consume' };

/** Fails at its first try now and then, so that retries are a part of it. */
const work = activity(
  async (n: number, { attempt, progress }) => {
    progress({ n, attempt });
    if (attempt === 1 && n % 5 === 0) throw new Error('not yet');
    return n;
  },
  { firstDelayMs: 20 },
);

const counter = setup({
  types: {} as { context: CounterContext; events: CounterMessage; input: { readonly key: string } },
  actors: { work },
  guards: { hasWork: ({ context }) => context.queued > 0 },
  actions: {
    note: assign(({ context, event }) => ({
      chain: (context.chain * 31 + event.data.n + 1) % 1_000_003,
      notes: context.notes + 1,
      caller: event.$.message.replyTo,
    })),
    enter: write(({ context }: { context: CounterContext }) =>
      add(`${context.key} ${context.notes} ${context.chain}`),
    ),
    wait: assign(({ context, event }) => ({
      waiting: context.waiting + event.data.n,
      caller: event.$.message.replyTo,
    })),
    bring: assign(({ context }) => ({ late: context.late + context.waiting, waiting: 0 })),
    queue: assign(({ context, event }) => ({
      queued: context.queued + event.data.n,
      caller: event.$.message.replyTo,
    })),
    begin: assign(({ context }) => ({ doing: context.queued, queued: 0 })),
    finish: assign(({ context }) => ({ worked: context.worked + context.doing, doing: 0 })),
    answer: reply(({ context }: { context: CounterContext }) => ({
      to: context.caller ?? undefined,
      body: { chain: context.chain },
    })),
  },
}).createMachine({
  id: 'counter',
  type: 'parallel',
  context: ({ input }) => ({
    ...{ key: input.key, caller: null, chain: 0, notes: 0 },
    ...{ waiting: 0, late: 0, queued: 0, doing: 0, worked: 0 },
  }),
  on: { note: { actions: ['note', 'enter', 'answer'] } },
  states: {
    timing: {
      initial: 'idle',
      states: {
        idle: { on: { later: { target: 'waiting', actions: ['wait', 'answer'] } } },
        waiting: {
          on: { later: { actions: ['wait', 'answer'] } },
          after: { 30: { target: 'idle', actions: 'bring' } },
        },
      },
    },
    working: {
      initial: 'idle',
      states: {
        idle: {
          on: { work: { actions: ['queue', 'answer'] } },
          always: { guard: 'hasWork', target: 'busy', actions: 'begin' },
        },
        busy: {
          on: { work: { actions: ['queue', 'answer'] } },
          invoke: {
            src: 'work',
            input: ({ context }) => context.doing,
            onDone: { target: 'idle', actions: 'finish' },
          },
        },
      },
    },
  },
});

export function countersService(ledger: Pick<Store<never>, 'name' | 'read'>): ServiceDefinition {
  const route: MessageRoute<{ readonly key: string }, 'counter'> = {
    machine: 'counter',
    to: ({ data }) => ({ key: data.key }),
    starts: true,
  };
  return defineService({
    config,
    machines: { counter },
    messages: Object.fromEntries(counterKinds.map((kind) => [kind, route])),
    stores: [ledger],
  });
}
