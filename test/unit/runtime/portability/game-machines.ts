/** Games, makers and groups: boards, loops, children that report, actors that are spawned and stopped. */
import {
  assign,
  createMachine,
  enqueueActions,
  fromPromise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

const lines = ['012', '345', '678', '036', '147', '258', '048', '246'];

function hasLine(board: readonly string[], player: string): boolean {
  return lines.some((line) => [...line].every((at) => board[Number(at)] === player));
}

export const gameMachines: readonly OrdinaryMachine[] = [
  {
    name: 'noughts and crosses',
    machine: () =>
      setup({
        types: {} as {
          context: { board: string[]; player: 'x' | 'o'; moves: number; winner: string | null };
          events: { type: 'play'; at: number } | { type: 'reset' };
        },
        guards: {
          free: ({ context, event }) => event.type === 'play' && context.board[event.at] === '',
          won: ({ context }) => hasLine(context.board, context.player === 'x' ? 'o' : 'x'),
          drawn: ({ context }) => context.moves === 9,
        },
        actions: {
          clear: assign({ board: Array(9).fill(''), player: 'x', moves: 0, winner: null }),
        },
      }).createMachine({
        id: 'game',
        context: { board: Array(9).fill(''), player: 'x', moves: 0, winner: null },
        initial: 'playing',
        states: {
          playing: {
            always: [
              { target: 'over.won', guard: 'won' },
              { target: 'over.drawn', guard: 'drawn' },
            ],
            on: {
              play: {
                guard: 'free',
                actions: assign(({ context: { board, player, moves }, event }) => ({
                  board: board.with(event.at, player),
                  player: player === 'x' ? ('o' as const) : ('x' as const),
                  moves: moves + 1,
                })),
              },
            },
          },
          over: {
            initial: 'won',
            states: {
              won: {
                tags: 'won',
                entry: assign({ winner: ({ context }) => (context.player === 'x' ? 'o' : 'x') }),
              },
              drawn: { tags: 'drawn' },
            },
            on: { reset: { target: 'playing', actions: 'clear' } },
          },
        },
      }),
    happenings: [0, 4, 4, 1, 3, 2]
      .map((at) => ({ type: 'play', at }))
      .concat({ type: 'reset' } as never),
  },
  {
    name: 'a snake that grows faster',
    machine: () =>
      setup({
        types: {} as { context: { steps: number; length: number } },
        delays: { pause: ({ context }) => 400 / context.length },
      }).createMachine({
        id: 'snake',
        context: { steps: 0, length: 1 },
        initial: 'moving',
        states: {
          moving: {
            after: {
              pause: {
                target: 'moving',
                reenter: true,
                actions: assign({ steps: ({ context }) => context.steps + 1 }),
              },
            },
            on: {
              eat: { actions: assign({ length: ({ context }) => context.length * 2 }) },
              crash: 'over',
            },
          },
          over: {},
        },
      }),
    happenings: [{ ms: 400 }, { type: 'eat' }, { ms: 400 }, { ms: 200 }, { type: 'crash' }],
  },
  {
    name: 'a donut maker with steps in parallel',
    machine: () =>
      createMachine({
        id: 'donut',
        initial: 'ingredients',
        states: {
          ingredients: { on: { NEXT: 'mixing' } },
          mixing: {
            initial: 'dry',
            states: {
              dry: {
                type: 'parallel',
                states: {
                  flour: part('FLOUR'),
                  sugar: part('SUGAR'),
                },
                onDone: 'wet',
              },
              wet: { on: { NEXT: 'mixed' } },
              mixed: { type: 'final' },
            },
            onDone: 'frying',
          },
          frying: { after: { 120000: 'flip' } },
          flip: { after: { 120000: 'ready' } },
          ready: { on: { AGAIN: 'ingredients' } },
        },
      }),
    happenings: [
      { type: 'NEXT' },
      { type: 'SUGAR' },
      { type: 'FLOUR' },
      { type: 'NEXT' },
      { ms: 120_000 },
      { ms: 120_000 },
      { type: 'AGAIN' },
    ],
  },
  {
    name: 'guests that arrive, speak and leave',
    machine: () => {
      const guest = setup({
        types: {} as { input: { name: string }; context: { name: string } },
      }).createMachine({
        context: ({ input }) => ({ name: input.name }),
        entry: sendParent(({ context }) => ({ type: 'hello', name: context.name })),
        on: {
          speak: { actions: sendParent(({ context }) => ({ type: 'said', by: context.name })) },
        },
      });
      return setup({
        types: {} as { context: { log: string[] } },
        actors: { guest },
        actions: {
          note: assign({
            log: ({ context, event }) => [
              ...context.log,
              `${event.type} ${String(event['name'] ?? event['by'])}`,
            ],
          }),
        },
      }).createMachine({
        id: 'party',
        context: { log: [] },
        on: {
          arrive: {
            actions: spawnChild('guest', {
              id: ({ event }) => event['name'] as string,
              input: ({ event }) => ({ name: event['name'] as string }),
            }),
          },
          ask: { actions: sendTo(({ event }) => event['name'] as string, { type: 'speak' }) },
          leave: { actions: stopChild(({ event }) => event['name'] as string) },
          hello: { actions: 'note' },
          said: { actions: 'note' },
        },
      });
    },
    happenings: [
      { type: 'arrive', name: 'ada' },
      { type: 'arrive', name: 'bob' },
      { type: 'ask', name: 'bob' },
      { type: 'leave', name: 'ada' },
      { type: 'ask', name: 'bob' },
    ],
  },
  {
    name: 'orders that are enqueued by what is in the stock',
    machine: (say) =>
      setup({
        types: {} as { context: { stock: number; open: number[] } },
        guards: { inStock: ({ context, event }) => context.stock >= Number(event['count']) },
      }).createMachine({
        id: 'warehouse',
        context: { stock: 3, open: [] },
        on: {
          order: {
            actions: enqueueActions(({ enqueue, check, event, context }) => {
              const count = Number(event['count']);
              if (!check('inStock')) enqueue.assign({ open: [...context.open, count] });
              else {
                enqueue.assign({ stock: context.stock - count });
                enqueue(() => say(`sent ${count}`));
              }
              enqueue.raise({ type: 'counted' }, { delay: 50 });
            }),
          },
          counted: { actions: ({ context }) => say(`left ${context.stock}`) },
        },
      }),
    happenings: [{ type: 'order', count: 2 }, { type: 'order', count: 2 }, { ms: 50 }],
  },
  {
    name: 'a pipeline whose steps are provided later',
    machine: (say) =>
      setup({
        types: {} as { context: { text: string } },
        actors: {
          read: fromPromise<string>(() => Promise.reject(new Error('not provided'))),
          write: fromPromise<number, { text: string }>(() => Promise.reject(new Error('not'))),
        },
        actions: { report: () => undefined },
      })
        .createMachine({
          id: 'pipeline',
          context: { text: '' },
          initial: 'reading',
          states: {
            reading: {
              invoke: {
                src: 'read',
                onDone: {
                  target: 'writing',
                  actions: assign({ text: ({ event }) => event.output }),
                },
                onError: 'failed',
              },
            },
            writing: {
              invoke: {
                src: 'write',
                input: ({ context }) => ({ text: context.text }),
                onDone: { target: 'done', actions: 'report' },
                onError: 'failed',
              },
            },
            done: { type: 'final' },
            failed: { type: 'final' },
          },
        })
        .provide({
          actors: {
            read: fromPromise(async () => 'text'),
            write: fromPromise(async ({ input }: { input: { text: string } }) => input.text.length),
          },
          actions: { report: ({ context }) => say(context.text) },
        }),
    happenings: [],
  },
];

function part(event: string) {
  return {
    initial: 'open',
    states: { open: { on: { [event]: 'added' } }, added: { type: 'final' as const } },
  };
}
