/** Workflows: applications, orders, loans, reviews. Most invoke promises and end with an output. */
import { assign, createMachine, fromPromise, raise, setup } from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

const scored = fromPromise(async ({ input }: { input: { name: string } }) => input.name.length);

export const workflowMachines: readonly OrdinaryMachine[] = [
  {
    name: 'an application that is decided from its input',
    machine: () =>
      createMachine({
        id: 'application',
        context: ({ input }: { input: { age: number } }) => ({ age: input.age }),
        initial: 'checking',
        states: {
          checking: {
            always: [
              { guard: ({ context }) => context.age >= 18, target: 'accepted' },
              { target: 'rejected' },
            ],
          },
          accepted: { type: 'final', output: { accepted: true } },
          rejected: { type: 'final', output: { accepted: false } },
        },
        output: ({ event }) => (event as unknown as { output: unknown }).output,
      }),
    input: { age: 20 },
    happenings: [],
  },
  {
    name: 'a credit check of three bureaus in parallel',
    machine: () =>
      setup({
        types: {} as { context: { scores: Record<string, number>; median: number } },
        actors: { score: scored },
        guards: {
          good: ({ context }) => Object.values(context.scores).reduce((a, b) => a + b, 0) >= 12,
        },
      }).createMachine({
        id: 'credit',
        context: { scores: {}, median: 0 },
        initial: 'entering',
        states: {
          entering: { on: { submit: 'asking' } },
          asking: {
            type: 'parallel',
            states: { north: bureau('north'), south: bureau('south'), east: bureau('east') },
            onDone: [{ guard: 'good', target: 'granted' }, { target: 'refused' }],
          },
          granted: { entry: assign({ median: 4 }) },
          refused: {},
        },
      }),
    happenings: [{ type: 'submit' }],
  },
  {
    name: 'a job whose state is asked for until it is done',
    machine: () => {
      let looks = 0;
      return setup({
        types: {} as { context: { looks: number } },
        actors: {
          submit: fromPromise(async () => ({ job: 7 })),
          look: fromPromise(async (): Promise<string> => {
            looks += 1;
            return looks < 3 ? 'running' : 'succeeded';
          }),
        },
        delays: { pause: 5_000 },
      }).createMachine({
        id: 'job',
        context: { looks: 0 },
        initial: 'submitting',
        states: {
          submitting: { invoke: { src: 'submit', onDone: 'waiting' } },
          waiting: { after: { pause: 'looking' } },
          looking: {
            entry: assign({ looks: ({ context }) => context.looks + 1 }),
            invoke: {
              src: 'look',
              onDone: [
                { guard: ({ event }) => event.output === 'succeeded', target: 'succeeded' },
                { guard: ({ event }) => event.output === 'failed', target: 'failed' },
                { target: 'waiting' },
              ],
            },
          },
          succeeded: { type: 'final' },
          failed: { type: 'final' },
        },
      });
    },
    happenings: [{ ms: 5_000 }, { ms: 5_000 }, { ms: 5_000 }],
  },
  {
    name: 'an auction that closes by time',
    machine: () =>
      setup({
        types: {} as {
          context: { bids: { by: string; amount: number }[] };
          events: { type: 'bid'; by: string; amount: number };
        },
        guards: {
          higher: ({ context, event }) => event.amount > (context.bids.at(-1)?.amount ?? 0),
        },
      }).createMachine({
        id: 'auction',
        context: { bids: [] },
        initial: 'open',
        states: {
          open: {
            on: {
              bid: {
                guard: 'higher',
                actions: assign({
                  bids: ({ context, event }) => [
                    ...context.bids,
                    { by: event.by, amount: event.amount },
                  ],
                }),
              },
            },
            after: { 60000: 'closed' },
          },
          closed: { type: 'final' },
        },
        output: ({ context }) => context.bids.at(-1) ?? null,
      }),
    happenings: [
      { type: 'bid', by: 'Ada', amount: 5 },
      { type: 'bid', by: 'Bob', amount: 4 },
      { type: 'bid', by: 'Bob', amount: 9 },
      { ms: 60_000 },
    ],
  },
  {
    name: 'a book that is lent, held and handed out',
    machine: (say) =>
      setup({
        types: {} as { context: { book: string; lender: string } },
        actors: { status: fromPromise(async () => ({ status: 'on loan' })) },
        actions: { tell: (_, { text }: { text: string }) => say(text) },
      }).createMachine({
        id: 'lending',
        context: { book: '', lender: '' },
        initial: 'asked',
        states: {
          asked: {
            on: {
              request: {
                target: 'looking',
                actions: assign(({ event }) => ({ book: event['book'], lender: event['lender'] })),
              },
            },
          },
          looking: {
            invoke: {
              src: 'status',
              onDone: [
                { guard: ({ event }) => event.output.status === 'on loan', target: 'onLoan' },
                { target: 'handedOut' },
              ],
            },
          },
          onLoan: {
            entry: { type: 'tell', params: { text: 'it is on loan' } },
            on: { hold: 'held', decline: 'declined' },
          },
          held: { after: { 86400000: 'handedOut' } },
          handedOut: { type: 'final' },
          declined: { type: 'final' },
        },
      }),
    happenings: [
      { type: 'request', book: 'Dune', lender: 'kim' },
      { type: 'hold' },
      { ms: 86_400_000 },
    ],
  },
  {
    name: 'an order with a deadline over its inner states',
    machine: () =>
      createMachine({
        id: 'purchase',
        initial: 'active',
        states: {
          active: {
            initial: 'confirming',
            states: {
              confirming: { on: { confirmed: 'shipping' } },
              shipping: { on: { shipped: 'delivering' } },
              delivering: { on: { delivered: '#purchase.delivered' } },
            },
            after: { 1000: 'late' },
          },
          delivered: { type: 'final' },
          late: { type: 'final' },
        },
      }),
    happenings: [{ ms: 900 }, { type: 'confirmed' }, { ms: 99 }, { ms: 1 }],
  },
  {
    name: 'files that are checked one by one',
    machine: () =>
      setup({
        types: {} as { context: { left: string[]; clean: string[] } },
        actors: {
          scan: fromPromise(async ({ input }: { input: { file: string | undefined } }) => ({
            file: input.file ?? '',
            isClean: input.file !== 'b.exe',
          })),
        },
      }).createMachine({
        id: 'scanner',
        context: { left: ['a.txt', 'b.exe', 'c.txt'], clean: [] },
        initial: 'next',
        states: {
          next: {
            always: [
              { guard: ({ context }) => context.left.length === 0, target: 'done' },
              { target: 'scanning' },
            ],
          },
          scanning: {
            invoke: {
              src: 'scan',
              input: ({ context }) => ({ file: context.left[0] }),
              onDone: {
                target: 'next',
                actions: assign(({ context, event }) => ({
                  left: context.left.slice(1),
                  clean: event.output.isClean
                    ? [...context.clean, event.output.file]
                    : context.clean,
                })),
              },
            },
          },
          done: { type: 'final' },
        },
        output: ({ context }) => context.clean,
      }),
    happenings: [],
  },
  {
    name: 'a review with two children that a manager may end',
    machine: () =>
      setup({
        types: {} as { context: { verdicts: string[] } },
        actors: {
          reviewer: setup({
            types: {} as { input: { who: string }; context: { who: string }; output: string },
          }).createMachine({
            context: ({ input }) => ({ who: input.who }),
            initial: 'reading',
            states: { reading: { after: { 100: 'done' } }, done: { type: 'final' } },
            output: ({ context }) => `${context.who} agrees`,
          }),
        },
        actions: {
          note: assign({
            verdicts: ({ context, event }) => [
              ...context.verdicts,
              (event as unknown as { output: string }).output,
            ],
          }),
        },
      }).createMachine({
        id: 'review',
        context: { verdicts: [] },
        invoke: [
          { id: 'a', src: 'reviewer', input: { who: 'Ada' }, onDone: { actions: 'note' } },
          { id: 'b', src: 'reviewer', input: { who: 'Bob' }, onDone: { actions: 'note' } },
        ],
        initial: 'open',
        states: {
          open: {
            always: { guard: ({ context }) => context.verdicts.length === 2, target: 'ready' },
            on: { stop: 'stopped' },
          },
          ready: {},
          stopped: {},
        },
      }),
    happenings: [{ ms: 99 }, { ms: 1 }, { type: 'stop' }],
  },
  {
    name: 'a calculation in steps that raise the next',
    machine: () =>
      createMachine({
        id: 'sum',
        context: { numbers: [1, 2, 3], sum: 0 },
        initial: 'adding',
        states: {
          adding: {
            entry: [
              assign(({ context }) => ({
                sum: context.sum + (context.numbers[0] ?? 0),
                numbers: context.numbers.slice(1),
              })),
              raise({ type: 'added' }),
            ],
            on: {
              added: [
                {
                  guard: ({ context }) => context.numbers.length > 0,
                  target: 'adding',
                  reenter: true,
                },
                { target: 'done' },
              ],
            },
          },
          done: { type: 'final' },
        },
        output: ({ context }) => context.sum,
      }),
    happenings: [],
  },
];

/** One region that asks a bureau. */
function bureau(name: string) {
  return {
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          src: 'score' as const,
          input: { name },
          onDone: { target: 'answered', actions: noted(name) },
          onError: 'answered',
        },
      },
      answered: { type: 'final' as const },
    },
  };
}

function noted(name: string): never {
  const note = assign(({ context, event }: { context: { scores: object }; event: object }) => ({
    scores: { ...context.scores, [name]: Reflect.get(event, 'output') },
  }));
  return note as never;
}
