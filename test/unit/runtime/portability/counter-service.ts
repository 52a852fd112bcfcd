import { assign, createMachine } from 'xstate';
import { afterCommit, defineService, parseExchangeConfig } from '../../../../index.ts';

const counter = createMachine({
  context: ({ input }: { input: { from: number } }) => ({ count: input.from }),
  on: {
    inc: {
      guard: ({ context }) => context.count < 10,
      actions: [
        assign({ count: ({ context, event }) => context.count + event.by }),
        afterCommit(({ context }) => process.stdout.write(`${JSON.stringify(context)}\n`)),
      ],
    },
  },
});

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'counters',
    publish: { main: { name: 'counters', routing_key: 'counters_publish' } },
    consume: {
      main: { name: 'counters', queue: 'counters_consume', routing_key: 'counters_consume' },
    },
  }),
  { file: 'counters.json', env: process.env, sections: {} },
);

export const counters = defineService({
  config,
  machines: { counter: { machine: counter, flat: true } },
  messages: {
    open: { machine: 'counter', to: () => ({ key: 'one' }), starts: 'input' },
    inc: { machine: 'counter', to: () => ({ key: 'one' }), starts: false },
  },
});
