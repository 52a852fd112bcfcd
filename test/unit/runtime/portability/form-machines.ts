/** Forms, wizards, shops: machines with data, guards, history and outputs. */
import { and, assign, createMachine, emit, log, not, or, setup } from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

export const formMachines: readonly OrdinaryMachine[] = [
  {
    name: 'a form with guards',
    machine: () =>
      setup({
        types: {} as {
          context: { name: string; email: string; errors: string[] };
          events: { type: 'change'; field: 'name' | 'email'; value: string } | { type: 'submit' };
        },
        guards: {
          hasName: ({ context }) => context.name.length > 0,
          hasEmail: ({ context }) => context.email.includes('@'),
        },
      }).createMachine({
        id: 'form',
        context: { name: '', email: '', errors: [] },
        initial: 'editing',
        states: {
          editing: {
            on: {
              change: {
                actions: assign(({ event }) => ({ [event.field]: event.value, errors: [] })),
              },
              submit: [
                { guard: and(['hasName', 'hasEmail']), target: 'sent' },
                { guard: not('hasName'), actions: assign({ errors: ['name'] }) },
                { actions: assign({ errors: ['email'] }) },
              ],
            },
          },
          sent: { type: 'final' },
        },
        output: ({ context }) => ({ name: context.name, email: context.email }),
      }),
    happenings: [
      { type: 'submit' },
      { type: 'change', field: 'name', value: 'Ada' },
      { type: 'submit' },
      { type: 'change', field: 'email', value: 'a@b' },
      { type: 'submit' },
    ],
  },
  {
    name: 'a wizard with its result as output',
    machine: () =>
      createMachine({
        id: 'wizard',
        context: { answers: {} as Record<string, unknown> },
        initial: 'who',
        states: {
          who: { on: { next: { target: 'what', actions: keep('who') } } },
          what: { on: { back: 'who', next: { target: 'sure', actions: keep('what') } } },
          sure: { on: { back: 'what', yes: 'done', no: 'cancelled' } },
          done: { type: 'final', output: ({ context }) => context.answers },
          cancelled: { type: 'final', output: () => null },
        },
        output: ({ event }) => (event as unknown as { output: unknown }).output,
      }),
    happenings: [
      { type: 'next', answer: 'Ada' },
      { type: 'back' },
      { type: 'next', answer: 'Bob' },
      { type: 'next', answer: 3 },
      { type: 'yes' },
    ],
  },
  {
    name: 'a vending machine with parameters',
    machine: () =>
      setup({
        types: {} as {
          context: { paid: number };
          events: { type: 'coin'; value: number } | { type: 'pick'; price: number };
        },
        guards: { enough: ({ context }, { price }: { price: number }) => context.paid >= price },
        actions: {
          take: assign({
            paid: ({ context }, { price }: { price: number }) => context.paid - price,
          }),
        },
      }).createMachine({
        id: 'vending',
        context: { paid: 0 },
        on: {
          coin: { actions: assign({ paid: ({ context, event }) => context.paid + event.value }) },
          pick: {
            guard: { type: 'enough', params: ({ event }) => ({ price: event.price }) },
            actions: { type: 'take', params: ({ event }) => ({ price: event.price }) },
          },
        },
      }),
    happenings: [
      { type: 'coin', value: 50 },
      { type: 'pick', price: 80 },
      { type: 'coin', value: 50 },
      { type: 'pick', price: 80 },
    ],
  },
  {
    name: 'a player with shallow history',
    machine: () =>
      createMachine({
        id: 'player',
        initial: 'stopped',
        states: {
          stopped: { on: { play: 'playing.hist' } },
          playing: {
            initial: 'slow',
            states: {
              slow: { on: { faster: 'fast' } },
              fast: { on: { slower: 'slow' } },
              hist: { type: 'history' },
            },
            on: { stop: 'stopped' },
          },
        },
      }),
    happenings: [{ type: 'play' }, { type: 'faster' }, { type: 'stop' }, { type: 'play' }],
  },
  {
    name: 'a document with deep history and a default',
    machine: () =>
      createMachine({
        id: 'document',
        initial: 'closed',
        states: {
          closed: { on: { open: 'open.last' } },
          open: {
            initial: 'page',
            on: { close: 'closed' },
            states: {
              last: { type: 'history', history: 'deep', target: 'page' },
              page: {
                initial: 'top',
                states: { top: { on: { down: 'bottom' } }, bottom: { on: { up: 'top' } } },
              },
              settings: { on: { back: 'page' } },
            },
          },
        },
      }),
    happenings: [{ type: 'open' }, { type: 'down' }, { type: 'close' }, { type: 'open' }],
  },
  {
    name: 'two uploads in parallel with onDone',
    machine: () =>
      createMachine({
        id: 'uploads',
        initial: 'running',
        states: {
          running: {
            type: 'parallel',
            states: {
              one: { initial: 'up', states: { up: { on: { ONE: 'ok' } }, ok: { type: 'final' } } },
              two: { initial: 'up', states: { up: { on: { TWO: 'ok' } }, ok: { type: 'final' } } },
            },
            onDone: 'ready',
          },
          ready: { type: 'final' },
        },
        output: 'both',
      }),
    happenings: [{ type: 'TWO' }, { type: 'ONE' }],
  },
  {
    name: 'a door with log and emit',
    machine: (say) =>
      setup({
        types: {} as { emitted: { type: 'opened' } },
        actions: { ring: () => say('ring'), lock: log('locked') },
      }).createMachine({
        id: 'door',
        initial: 'shut',
        states: {
          shut: {
            entry: 'lock',
            on: { open: { target: 'open', actions: ['ring', emit({ type: 'opened' })] } },
          },
          open: { on: { shut: 'shut' }, exit: [{ type: 'ring' }] },
        },
      }),
    happenings: [{ type: 'open' }, { type: 'shut' }],
  },
  {
    name: 'a cart with a guard of or',
    machine: () =>
      setup({
        types: {} as { context: { items: string[] } },
        guards: {
          empty: ({ context }) => context.items.length === 0,
          full: ({ context }) => context.items.length >= 2,
        },
      }).createMachine({
        id: 'cart',
        context: { items: [] },
        initial: 'open',
        states: {
          open: {
            on: {
              add: {
                guard: not('full'),
                actions: assign({
                  items: ({ context, event }) => [...context.items, event['item'] as string],
                }),
              },
              pay: { guard: not(or(['empty'])), target: 'paid' },
            },
          },
          paid: { type: 'final' },
        },
        output: ({ context }) => context.items,
      }),
    happenings: [
      { type: 'pay' },
      { type: 'add', item: 'pen' },
      { type: 'add', item: 'cup' },
      { type: 'add', item: 'car' },
      { type: 'pay' },
    ],
  },
];

function keep(question: string) {
  return assign({
    answers: ({
      context,
      event,
    }: {
      context: { answers: object };
      event: Record<string, unknown>;
    }) => ({
      ...context.answers,
      [question]: event['answer'],
    }),
  }) as never;
}
