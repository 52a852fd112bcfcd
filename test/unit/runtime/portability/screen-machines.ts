/** What stands behind a page: lists, editors, logins, searches, players. */
import { assertEvent, assign, createMachine, fromPromise, setup } from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

interface Todo {
  readonly id: number;
  readonly text: string;
  readonly done: boolean;
}

export const screenMachines: readonly OrdinaryMachine[] = [
  {
    name: 'a list of things to do',
    machine: () =>
      setup({
        types: {} as {
          context: { todos: Todo[]; filter: 'all' | 'open' };
          events:
            | { type: 'add'; text: string }
            | { type: 'toggle'; id: number }
            | { type: 'clear' }
            | { type: 'filter'; filter: 'all' | 'open' };
        },
      }).createMachine({
        id: 'todos',
        context: { todos: [], filter: 'all' },
        on: {
          add: {
            guard: ({ event }) => event.text.trim() !== '',
            actions: assign({
              todos: ({ context: { todos }, event }) => [
                ...todos,
                { id: todos.length + 1, text: event.text.trim(), done: false },
              ],
            }),
          },
          toggle: {
            actions: assign({
              todos: ({ context, event }) =>
                context.todos.map((each) =>
                  each.id === event.id ? { ...each, done: !each.done } : each,
                ),
            }),
          },
          clear: {
            actions: assign({ todos: ({ context }) => context.todos.filter(({ done }) => !done) }),
          },
          filter: { actions: assign({ filter: ({ event }) => event.filter }) },
        },
      }),
    happenings: [
      { type: 'add', text: ' milk ' },
      { type: 'add', text: ' ' },
      { type: 'add', text: 'tea' },
      { type: 'toggle', id: 1 },
      { type: 'filter', filter: 'open' },
      { type: 'clear' },
    ],
  },
  {
    name: 'a converter of temperatures',
    machine: () =>
      createMachine({
        id: 'temperature',
        context: { celsius: null as number | null, fahrenheit: null as number | null },
        on: {
          celsius: {
            actions: assign({
              celsius: ({ event }) => Number(event.value),
              fahrenheit: ({ event }) => Number(event.value) * 1.8 + 32,
            }),
          },
          fahrenheit: {
            actions: assign(({ event }) => ({
              celsius: (Number(event.value) - 32) / 1.8,
              fahrenheit: Number(event.value),
            })),
          },
        },
      }),
    happenings: [
      { type: 'celsius', value: '100' },
      { type: 'fahrenheit', value: '50' },
    ],
  },
  {
    name: 'a drawing with undo and redo',
    machine: () =>
      createMachine({
        id: 'drawing',
        context: { shapes: [] as string[], undone: [] as string[] },
        initial: 'ready',
        states: {
          ready: {
            on: {
              draw: {
                actions: assign(({ context, event }) => ({
                  shapes: [...context.shapes, event.shape],
                  undone: [],
                })),
              },
              undo: {
                guard: ({ context }) => context.shapes.length > 0,
                actions: assign(({ context: { shapes, undone } }) => ({
                  shapes: shapes.slice(0, -1),
                  undone: [...undone, ...shapes.slice(-1)],
                })),
              },
              redo: {
                guard: ({ context }) => context.undone.length > 0,
                actions: assign(({ context: { shapes, undone } }) => ({
                  shapes: [...shapes, ...undone.slice(-1)],
                  undone: undone.slice(0, -1),
                })),
              },
            },
          },
        },
      }),
    happenings: [
      { type: 'draw', shape: 'circle' },
      { type: 'draw', shape: 'line' },
      { type: 'undo' },
      { type: 'undo' },
      { type: 'undo' },
      { type: 'redo' },
    ],
  },
  {
    name: 'a login with a wrong password, a session and a logout',
    machine: () =>
      setup({
        types: {} as { context: { user: string | null; problem: string | null } },
        actors: {
          login: fromPromise(async ({ input }: { input: { name: string; password: string } }) => {
            if (input.password !== 'right') throw new Error('wrong password');
            return { user: input.name };
          }),
        },
        delays: { session: 1_800_000 },
      }).createMachine({
        id: 'auth',
        context: { user: null, problem: null },
        initial: 'out',
        states: {
          out: { on: { LOGIN: 'checking' } },
          checking: {
            invoke: {
              src: 'login',
              input: ({ event }) => {
                assertEvent(event, 'LOGIN');
                return event as unknown as { name: string; password: string };
              },
              onDone: {
                target: 'in',
                actions: assign({ user: ({ event }) => event.output.user, problem: null }),
              },
              onError: {
                target: 'out',
                actions: assign({ problem: ({ event }) => (event.error as Error).message }),
              },
            },
          },
          in: {
            on: { LOGOUT: 'out', ACTIVE: { target: 'in', reenter: true } },
            after: { session: 'out' },
            exit: assign({ user: null }),
          },
        },
      }),
    happenings: [
      { type: 'LOGIN', name: 'ada', password: 'x' },
      { type: 'LOGIN', name: 'ada', password: 'right' },
      { ms: 1_799_999 },
      { type: 'ACTIVE' },
      { ms: 1_799_999 },
      { ms: 1 },
    ],
  },
  {
    name: 'a list that loads further pages',
    machine: () =>
      setup({
        types: {} as { context: { page: number; items: string[]; isLast: boolean } },
        actors: {
          page: fromPromise(async ({ input }: { input: { page: number } }) => ({
            items: [`${input.page}a`, `${input.page}b`],
            isLast: input.page === 2,
          })),
        },
      }).createMachine({
        id: 'pages',
        context: { page: 1, items: [], isLast: false },
        initial: 'loading',
        states: {
          loading: {
            invoke: {
              src: 'page',
              input: ({ context }) => ({ page: context.page }),
              onDone: {
                target: 'idle',
                actions: assign(({ context, event }) => ({
                  items: [...context.items, ...event.output.items],
                  isLast: event.output.isLast,
                  page: context.page + 1,
                })),
              },
            },
          },
          idle: { on: { more: { guard: ({ context }) => !context.isLast, target: 'loading' } } },
        },
      }),
    happenings: [{ type: 'more' }, { type: 'more' }],
  },
  {
    name: 'a menu that opens after a pause and closes by itself',
    machine: (say) =>
      setup({
        delays: { hover: 300, leave: ({ event }) => (event['slow'] === true ? 1_000 : 200) },
        actions: { show: () => say('shown'), hide: () => say('hidden') },
      }).createMachine({
        id: 'menu',
        initial: 'closed',
        states: {
          closed: { on: { enter: 'opening' } },
          opening: { after: { hover: 'open' }, on: { leave: 'closed' } },
          open: { entry: 'show', exit: 'hide', on: { leave: 'closing' } },
          closing: { on: { enter: 'open' }, after: { leave: 'closed' } },
        },
      }),
    happenings: [
      { type: 'enter' },
      { ms: 300 },
      { type: 'leave', slow: true },
      { ms: 999 },
      { type: 'enter' },
      { type: 'leave' },
      { ms: 200 },
    ],
  },
  {
    name: 'a player whose parts are independent',
    machine: () =>
      createMachine({
        id: 'video',
        type: 'parallel',
        context: { volume: 5 },
        states: {
          mode: {
            initial: 'paused',
            states: {
              paused: { on: { PLAY: 'playing' } },
              playing: { on: { PAUSE: 'paused', END: 'ended' }, tags: 'busy' },
              ended: { on: { PLAY: 'playing' } },
            },
          },
          sound: {
            initial: 'on',
            states: {
              on: {
                on: {
                  MUTE: 'muted',
                  LOUDER: {
                    guard: ({ context }) => context.volume < 7,
                    actions: assign({ volume: ({ context }) => context.volume + 1 }),
                  },
                },
              },
              muted: { on: { MUTE: 'on', LOUDER: 'on' } },
            },
          },
        },
      }),
    happenings: [
      { type: 'PLAY' },
      { type: 'MUTE' },
      { type: 'LOUDER' },
      { type: 'LOUDER' },
      { type: 'LOUDER' },
      { type: 'LOUDER' },
      { type: 'END' },
    ],
  },
  {
    name: 'a dragged box',
    machine: () =>
      createMachine({
        id: 'drag',
        context: { x: 0, y: 0, fromX: 0, fromY: 0 },
        initial: 'idle',
        states: {
          idle: {
            on: {
              down: {
                target: 'dragging',
                actions: assign({ fromX: ({ event }) => event.x, fromY: ({ event }) => event.y }),
              },
            },
          },
          dragging: {
            on: {
              move: {
                actions: assign(({ context, event }) => ({
                  x: context.x + event.x - context.fromX,
                  y: context.y + event.y - context.fromY,
                  fromX: event.x,
                  fromY: event.y,
                })),
              },
              up: 'idle',
              escape: { target: 'idle', actions: assign({ x: 0, y: 0 }) },
            },
          },
        },
      }),
    happenings: [
      { type: 'down', x: 5, y: 5 },
      { type: 'move', x: 8, y: 6 },
      { type: 'up' },
      { type: 'move', x: 9, y: 9 },
      { type: 'down', x: 0, y: 0 },
      { type: 'escape' },
    ],
  },
];
