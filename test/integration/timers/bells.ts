/** A service of bells: each is set once and rings once, and its history line says when it should have. */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { MessageRoute } from '../../../runtime/messages/service-definition.ts';
import { defineService } from '../../../runtime/service.ts';
import { record, reply } from '../../../runtime/step/effects.ts';

interface Bell {
  readonly key: string;
  readonly delayMs: number;
  readonly dueAtMs: number;
  readonly pressed: number;
}

type Pressed = MessageEvent<object, undefined, 'press'>;

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'bells',
    publish: { main: { name: 'bells', type: 'direct', routing_key: 'bells_publish' } },
    consume: {
      main: { name: 'bells', type: 'direct', queue: 'bells_consume', routing_key: 'bells_consume' },
    },
  }),
  { file: 'bells.json', env: {}, sections: {} },
);

export const bells = { exchange: 'bells', routingKey: 'bells_consume' };

const bell = setup({
  types: {} as {
    context: Bell;
    events: MessageEvent<{ readonly delayMs: number }, undefined, 'set'> | Pressed;
    input: { readonly key: string };
  },
  delays: { given: ({ context }) => context.delayMs },
  actions: {
    keep: assign(({ event }) =>
      event.type === 'set'
        ? { delayMs: event.data.delayMs, dueAtMs: event.$.atMs + event.data.delayMs }
        : {},
    ),
    count: assign(({ context }) => ({ pressed: context.pressed + 1 })),
    answer: reply(({ event }: { event: unknown }) => ({
      to: (event as Pressed).$.message.replyTo ?? undefined,
      body: 'pressed',
    })),
    note: record(({ context }: { context: Bell }) => ({
      topic: 'bells',
      line: { key: context.key, dueAtMs: context.dueAtMs },
    })),
  },
}).createMachine({
  id: 'bell',
  context: ({ input }) => ({ key: input.key, delayMs: 0, dueAtMs: 0, pressed: 0 }),
  initial: 'idle',
  states: {
    idle: {
      on: { set: { target: 'set', actions: 'keep' }, press: { actions: ['count', 'answer'] } },
    },
    set: { after: { given: { target: 'rung', actions: 'note' } } },
    rung: { type: 'final' },
  },
});

const route: MessageRoute<{ readonly key: string }, 'bell'> = {
  machine: 'bell',
  to: ({ data }) => ({ key: data.key }),
  starts: true,
};
export const bellsService = defineService({
  config,
  machines: { bell },
  messages: { set: route, press: route },
});
