/** Toggles, lights, switches: machines of a few lines, most of them without an id. */
import { assign, createMachine, enqueueActions, raise, setup, stateIn } from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

export const smallMachines: readonly OrdinaryMachine[] = [
  {
    name: 'a toggle',
    machine: () =>
      createMachine({
        initial: 'inactive',
        states: { inactive: { on: { TOGGLE: 'active' } }, active: { on: { TOGGLE: 'inactive' } } },
      }),
    happenings: [{ type: 'TOGGLE' }, { type: 'TOGGLE' }, { type: 'TOGGLE' }],
  },
  {
    name: 'a counter with inline actions and guards',
    machine: (say) =>
      // #region counter
      createMachine({
        context: ({ input }: { input: { from: number } }) => ({ count: input.from }),
        on: {
          inc: {
            guard: ({ context }) => context.count < 10,
            actions: [
              assign({ count: ({ context, event }) => context.count + (event.by ?? 1) }),
              ({ context }) => say(`now ${context.count}`),
            ],
          },
          reset: { actions: assign({ count: 0 }) },
        },
      }),
    // #endregion
    input: { from: 7 },
    happenings: [{ type: 'inc' }, { type: 'inc', by: 2 }, { type: 'inc' }, { type: 'reset' }],
  },
  {
    name: 'a traffic light',
    machine: () =>
      createMachine({
        id: 'light',
        initial: 'green',
        states: {
          green: { after: { 4000: 'yellow' } },
          yellow: { after: { 1000: 'red' } },
          red: { after: { 3000: 'green' } },
        },
      }),
    happenings: [{ ms: 3_999 }, { ms: 1 }, { ms: 1_000 }, { ms: 3_000 }],
  },
  {
    name: 'a light with a pedestrian light inside',
    machine: () =>
      createMachine({
        id: 'crossing',
        initial: 'green',
        states: {
          green: { on: { TIMER: 'red' } },
          red: {
            on: { TIMER: 'green' },
            initial: 'walk',
            states: {
              walk: { on: { COUNTDOWN: 'wait' } },
              wait: { on: { COUNTDOWN: 'stop' } },
              stop: { type: 'final' },
            },
            onDone: { target: 'green' },
          },
        },
      }),
    happenings: [
      { type: 'TIMER' },
      { type: 'COUNTDOWN' },
      { type: 'COUNTDOWN' },
      { type: 'TIMER' },
    ],
  },
  {
    name: 'a dog with tags, meta and a wildcard',
    machine: (say) =>
      createMachine({
        id: 'dog',
        initial: 'asleep',
        states: {
          asleep: { tags: ['quiet'], meta: { text: 'zzz' }, on: { 'noise.*': 'awake' } },
          awake: {
            tags: ['loud'],
            entry: () => say('woof'),
            on: { sleep: 'asleep', '*': { actions: ({ event }) => say(`hears ${event.type}`) } },
          },
        },
      }),
    happenings: [{ type: 'noise.door' }, { type: 'cat' }, { type: 'sleep' }, { type: 'cat' }],
  },
  {
    name: 'a quiz that is decided by always',
    machine: () =>
      createMachine({
        id: 'quiz',
        context: { score: 0 },
        initial: 'asking',
        states: {
          asking: {
            on: {
              right: { actions: assign({ score: ({ context }) => context.score + 1 }) },
              wrong: { actions: assign({ score: ({ context }) => context.score - 1 }) },
            },
            always: [
              { guard: ({ context }) => context.score >= 2, target: 'won' },
              { guard: ({ context }) => context.score <= -2, target: 'lost' },
            ],
          },
          won: { type: 'final' },
          lost: { type: 'final' },
        },
      }),
    happenings: [{ type: 'right' }, { type: 'wrong' }, { type: 'right' }, { type: 'right' }],
  },
  {
    name: 'a state that is entered again',
    machine: (say) =>
      createMachine({
        id: 'reentered',
        initial: 'on',
        states: {
          on: {
            entry: () => say('enter'),
            exit: () => say('exit'),
            after: { 100: 'late' },
            on: { inner: { target: 'on' }, again: { target: 'on', reenter: true } },
          },
          late: {},
        },
      }),
    happenings: [{ ms: 60 }, { type: 'inner' }, { type: 'again' }, { ms: 60 }, { ms: 40 }],
  },
  {
    name: 'a chain of raised events',
    machine: (say) =>
      createMachine({
        id: 'chain',
        initial: 'a',
        states: {
          a: { on: { go: { target: 'b', actions: raise({ type: 'next' }) } } },
          b: { on: { next: { target: 'c', actions: [raise({ type: 'late' }, { delay: 50 })] } } },
          c: { on: { late: { target: 'd', actions: () => say('late') } } },
          d: { type: 'final' },
        },
      }),
    happenings: [{ type: 'go' }, { ms: 50 }],
  },
  {
    name: 'a text editor with parallel states and stateIn',
    machine: () =>
      createMachine({
        id: 'editor',
        type: 'parallel',
        states: {
          bold: {
            initial: 'off',
            states: { off: { on: { BOLD: 'on' } }, on: { on: { BOLD: 'off' } } },
          },
          plain: {
            initial: 'yes',
            states: {
              yes: { on: { LOOK: { guard: stateIn({ bold: 'on' }), target: 'no' } } },
              no: { on: { LOOK: 'yes' } },
            },
          },
        },
      }),
    happenings: [{ type: 'LOOK' }, { type: 'BOLD' }, { type: 'LOOK' }, { type: 'LOOK' }],
  },
  {
    name: 'a machine that enqueues its actions',
    machine: (say) =>
      setup({
        types: {} as { context: { count: number } },
        guards: { even: ({ context }) => context.count % 2 === 0 },
        actions: { tell: (_, params: { word: string }) => say(params.word) },
      }).createMachine({
        id: 'enqueuing',
        context: { count: 0 },
        on: {
          go: {
            actions: enqueueActions(({ enqueue, check }) => {
              enqueue.assign({ count: ({ context }) => context.count + 1 });
              if (check('even')) enqueue({ type: 'tell', params: { word: 'even' } });
              enqueue(({ context }) => say(`count ${context.count}`));
              enqueue.raise({ type: 'went' });
            }),
          },
          went: {
            actions: { type: 'tell', params: ({ context }) => ({ word: `went ${context.count}` }) },
          },
        },
      }),
    happenings: [{ type: 'go' }, { type: 'go' }],
  },
];
