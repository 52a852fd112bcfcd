/** Promises and time: fetching, retrying, cancelling, waiting. */
import { assign, cancel, createMachine, fromPromise, raise, setup } from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

const never = fromPromise<string>(() => new Promise(() => undefined));

/** The text of what a promise rejects with, live and hosted. */
function messageOf({ event }: { event: unknown }): string {
  return (event as { error: { message: string } }).error.message;
}

export const workingMachines: readonly OrdinaryMachine[] = [
  {
    name: 'a fetch with an inline promise',
    machine: () =>
      // #region fetch
      createMachine({
        id: 'fetch',
        context: { user: null },
        initial: 'idle',
        states: {
          idle: { on: { FETCH: 'loading' } },
          loading: {
            invoke: {
              src: fromPromise(async ({ input }) => ({ id: input.id, name: 'Ada' })),
              input: ({ event }) => ({ id: event.id }),
              onDone: { target: 'success', actions: assign({ user: ({ event }) => event.output }) },
              onError: 'failure',
            },
          },
          success: { type: 'final' },
          failure: { on: { RETRY: 'loading' } },
        },
      }),
    // #endregion
    happenings: [{ type: 'FETCH', id: 42 }],
  },
  {
    name: 'a fetch that is tried again by hand',
    machine: () => {
      let tries = 0;
      return setup({
        types: {} as { context: { retries: number; reason: string; data: string } },
        actors: {
          load: fromPromise(async () => {
            tries += 1;
            if (tries < 3) throw new Error(`failure ${tries}`);
            return 'data';
          }),
        },
      }).createMachine({
        id: 'retrying',
        context: { retries: 0, reason: '', data: '' },
        initial: 'loading',
        states: {
          loading: {
            invoke: {
              src: 'load',
              onDone: { target: 'done', actions: assign({ data: ({ event }) => event.output }) },
              onError: {
                target: 'failed',
                actions: assign({
                  retries: ({ context }) => context.retries + 1,
                  reason: ({ event }) => messageOf({ event }),
                }),
              },
            },
          },
          failed: {
            on: { RETRY: { guard: ({ context }) => context.retries < 3, target: 'loading' } },
          },
          done: { type: 'final' },
        },
        output: ({ context }) => context.data,
      });
    },
    happenings: [{ type: 'RETRY' }, { type: 'RETRY' }],
  },
  {
    name: 'a fetch that backs off',
    machine: () => {
      let tries = 0;
      return setup({
        types: {} as { context: { tries: number } },
        actors: {
          load: fromPromise(async () => {
            tries += 1;
            if (tries < 3) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
          }),
        },
        delays: { backoff: ({ context }) => 100 * 2 ** context.tries },
        guards: {
          busy: ({ event }) => (event as { error?: { code?: string } }).error?.code === 'EBUSY',
        },
      }).createMachine({
        id: 'backing-off',
        context: { tries: 0 },
        initial: 'loading',
        states: {
          loading: {
            invoke: {
              src: 'load',
              onDone: 'done',
              onError: [
                {
                  guard: 'busy',
                  target: 'waiting',
                  actions: assign({ tries: ({ context }) => context.tries + 1 }),
                },
                { target: 'failed' },
              ],
            },
          },
          waiting: { after: { backoff: 'loading' } },
          failed: {},
          done: { type: 'final' },
        },
      });
    },
    happenings: [{ ms: 199 }, { ms: 1 }, { ms: 400 }],
  },
  {
    name: 'a fetch with a time limit and a cancel',
    machine: () =>
      setup({ actors: { never } }).createMachine({
        id: 'limited',
        initial: 'loading',
        states: {
          loading: {
            invoke: { src: 'never', onDone: 'done' },
            after: { 1000: 'late' },
            on: { CANCEL: 'cancelled' },
          },
          late: { on: { AGAIN: 'loading' } },
          cancelled: {},
          done: {},
        },
      }),
    happenings: [{ ms: 1_000 }, { type: 'AGAIN' }, { ms: 500 }, { type: 'CANCEL' }, { ms: 5_000 }],
  },
  {
    name: 'a search that waits for the last letter',
    machine: () =>
      setup({
        types: {} as { context: { text: string; found: string[] } },
        actors: {
          find: fromPromise(async ({ input }: { input: { text: string } }) => [`${input.text}!`]),
        },
      }).createMachine({
        id: 'search',
        context: { text: '', found: [] },
        initial: 'idle',
        on: {
          type: {
            actions: [
              assign({ text: ({ event }) => event['text'] as string }),
              cancel('search'),
              raise({ type: 'search' }, { id: 'search', delay: 300 }),
            ],
          },
          search: '.searching',
        },
        states: {
          idle: {},
          searching: {
            invoke: {
              src: 'find',
              input: ({ context }) => ({ text: context.text }),
              onDone: { target: 'idle', actions: assign({ found: ({ event }) => event.output }) },
            },
          },
        },
      }),
    happenings: [
      { type: 'type', text: 'a' },
      { ms: 200 },
      { type: 'type', text: 'ab' },
      { ms: 200 },
      { ms: 100 },
    ],
  },
  {
    name: 'a stopwatch that ticks',
    machine: () =>
      createMachine({
        id: 'stopwatch',
        context: { elapsed: 0 },
        initial: 'stopped',
        states: {
          stopped: { on: { START: 'running', RESET: { actions: assign({ elapsed: 0 }) } } },
          running: {
            after: {
              100: {
                target: 'running',
                reenter: true,
                actions: assign({ elapsed: ({ context }) => context.elapsed + 1 }),
              },
            },
            on: { STOP: 'stopped' },
          },
        },
      }),
    happenings: [
      { type: 'START' },
      { ms: 100 },
      { ms: 100 },
      { type: 'STOP' },
      { ms: 100 },
      { type: 'RESET' },
    ],
  },
  {
    name: 'timers that are due at once',
    machine: (say) =>
      createMachine({
        id: 'at-once',
        type: 'parallel',
        states: Object.fromEntries(
          ['c', 'a', 'b'].map((name) => [
            name,
            {
              initial: 'waiting',
              states: {
                waiting: { after: { 10: { target: 'over', actions: () => say(name) } } },
                over: { type: 'final' },
              },
            },
          ]),
        ),
      }) as never,
    happenings: [{ ms: 10 }],
  },
  {
    name: 'a promise that uses what XState gives it',
    machine: () =>
      setup({
        types: {} as { context: { text: string } },
        actors: {
          work: fromPromise(async ({ input, self, system, emit }) => {
            emit({ type: 'half' } as never);
            return `${self.id} ${typeof input} ${typeof system.get('other')}`;
          }),
        },
      }).createMachine({
        id: 'working',
        context: { text: '' },
        initial: 'busy',
        states: {
          busy: {
            invoke: {
              id: 'first',
              src: 'work',
              onDone: {
                target: 'idle',
                actions: assign({ text: ({ event }) => String(event.output) }),
              },
            },
          },
          idle: { type: 'final' },
        },
      }),
    happenings: [],
  },
];
