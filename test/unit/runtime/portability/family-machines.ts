/** Machines that invoke and spawn other machines. */
import {
  assign,
  createMachine,
  forwardTo,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

/** A child that answers each ping. */
const ponger = () => createMachine({ on: { PING: { actions: sendParent({ type: 'PONG' }) } } });

/** One line of a list. */
const item = () =>
  setup({
    types: {} as { context: { text: string; done: boolean }; input: { text: string } },
  }).createMachine({
    context: ({ input }) => ({ text: input.text, done: false }),
    on: {
      check: {
        actions: [
          assign({ done: true }),
          sendParent(({ context }) => ({ type: 'checked', text: context.text })),
        ],
      },
    },
  });

export const familyMachines: readonly OrdinaryMachine[] = [
  {
    name: 'a parent and a child that play ping-pong',
    machine: () =>
      setup({
        types: {} as { context: { pongs: number } },
        actors: { ponger: ponger() },
      }).createMachine({
        id: 'pinger',
        context: { pongs: 0 },
        invoke: { id: 'ponger', src: 'ponger' },
        on: {
          GO: { actions: sendTo('ponger', { type: 'PING' }) },
          PONG: { actions: assign({ pongs: ({ context }) => context.pongs + 1 }) },
        },
      }),
    happenings: [{ type: 'GO' }, { type: 'GO' }],
  },
  {
    name: 'an event that is forwarded to an inline child',
    machine: () =>
      createMachine({
        id: 'forwarding',
        context: { pongs: 0 },
        invoke: { id: 'child', src: ponger() },
        on: {
          PING: { actions: forwardTo('child') },
          PONG: { actions: assign({ pongs: ({ context }) => context.pongs + 1 }) },
        },
      }),
    happenings: [{ type: 'PING' }],
  },
  {
    name: 'an entry action that sends to the child of its state',
    machine: () =>
      setup({ actors: { ponger: ponger() } }).createMachine({
        id: 'asking',
        initial: 'closed',
        states: {
          closed: { on: { OPEN: 'open' } },
          open: {
            entry: sendTo('helper', { type: 'PING' }),
            invoke: { id: 'helper', src: 'ponger' },
            on: { PONG: 'served' },
          },
          served: {},
        },
      }),
    happenings: [{ type: 'OPEN' }],
  },
  {
    name: 'a child with input and output',
    machine: () =>
      setup({
        types: {} as { context: { price: number } },
        actors: {
          pricing: setup({
            types: {} as { context: { net: number }; input: { net: number }; output: number },
          }).createMachine({
            context: ({ input }) => ({ net: input.net }),
            initial: 'counting',
            states: { counting: { after: { 20: 'done' } }, done: { type: 'final' } },
            output: ({ context }) => context.net * 2,
          }),
        },
      }).createMachine({
        id: 'shop',
        context: { price: 0 },
        initial: 'idle',
        states: {
          idle: { on: { ask: 'pricing' } },
          pricing: {
            invoke: {
              src: 'pricing',
              input: ({ event }) => ({ net: event['net'] as number }),
              onDone: { target: 'priced', actions: assign({ price: ({ event }) => event.output }) },
            },
          },
          priced: { type: 'final', output: ({ context }) => context.price },
        },
        output: ({ context }) => context.price,
      }),
    happenings: [{ type: 'ask', net: 21 }, { ms: 20 }],
  },
  {
    name: 'a child that ends as it starts',
    machine: () =>
      setup({
        actors: {
          quick: createMachine({
            initial: 'working',
            states: { working: { always: 'done' }, done: { type: 'final' } },
            output: 'at once',
          }),
        },
        types: {} as { context: { text: string } },
      }).createMachine({
        id: 'boss',
        context: { text: '' },
        initial: 'waiting',
        states: {
          waiting: {
            invoke: {
              src: 'quick',
              onDone: {
                target: 'over',
                actions: assign({ text: ({ event }) => String(event.output) }),
              },
            },
          },
          over: { type: 'final' },
        },
        output: ({ context }) => context.text,
      }),
    happenings: [],
  },
  {
    name: 'a list of spawned children',
    machine: () =>
      setup({
        types: {} as { context: { checked: string[] } },
        actors: { item: item() },
      }).createMachine({
        id: 'todos',
        context: { checked: [] },
        on: {
          add: {
            actions: spawnChild('item', {
              id: ({ event }) => `item-${event['text']}`,
              input: ({ event }) => ({ text: event['text'] as string }),
            }),
          },
          check: { actions: sendTo(({ event }) => `item-${event['text']}`, { type: 'check' }) },
          remove: { actions: stopChild(({ event }) => `item-${event['text']}`) },
          checked: {
            actions: assign({
              checked: ({ context, event }) => [...context.checked, event['text'] as string],
            }),
          },
        },
      }),
    happenings: [
      { type: 'add', text: 'milk' },
      { type: 'add', text: 'bread' },
      { type: 'check', text: 'bread' },
      { type: 'remove', text: 'milk' },
      { type: 'check', text: 'bread' },
    ],
  },
  {
    name: 'children that know their id, and theirs in turn',
    machine: () => {
      const leaf = createMachine({
        context: ({ self }) => ({ me: self.id }),
        entry: sendParent(({ context }) => ({ type: 'NAMED', path: context['me'] })),
      });
      const branch = setup({ actors: { leaf } }).createMachine({
        invoke: { id: 'leaf', src: 'leaf' },
        on: {
          NAMED: {
            actions: sendParent(({ event, self }) => ({
              type: 'NAMED',
              path: `${self.id}/${event['path']}`,
            })),
          },
        },
      });
      return setup({
        types: {} as { context: { paths: string[] } },
        actors: { branch },
      }).createMachine({
        id: 'tree',
        context: { paths: [] },
        invoke: [
          { id: 'left', src: 'branch' },
          { id: 'right', src: 'branch' },
        ],
        on: {
          NAMED: {
            actions: assign({
              paths: ({ context, event }) => [...context.paths, event['path'] as string],
            }),
          },
        },
      });
    },
    happenings: [],
  },
];
