/** Machines after patterns that a service does not run as they are, each with what the author hears. */
import {
  type AnyActorRef,
  assign,
  createMachine,
  fromCallback,
  fromObservable,
  sendTo,
  setup,
} from 'xstate';
import type { OrdinaryMachine } from './ordinary-machine.ts';

export interface UnportableMachine extends OrdinaryMachine {
  /** `definition`: the service is refused. `step`: the step is undone, its message is a dead letter. */
  readonly refusedAt: 'definition' | 'step';
  readonly problem: RegExp;
}

const ponger = createMachine({ on: { PING: {} } });

export const unportableMachines: readonly UnportableMachine[] = [
  {
    name: 'a stopwatch with an interval in a callback',
    refusedAt: 'definition',
    problem: /callback/,
    machine: () =>
      createMachine({
        id: 'stopwatch',
        context: { elapsed: 0 },
        initial: 'stopped',
        states: {
          stopped: { on: { start: 'running' } },
          running: {
            invoke: {
              src: fromCallback(({ sendBack }) => {
                sendBack({ type: 'TICK' });
                return () => undefined;
              }),
            },
            on: {
              TICK: { actions: assign({ elapsed: ({ context }) => context.elapsed + 1 }) },
              stop: 'stopped',
            },
          },
        },
      }),
    happenings: [{ type: 'start' }],
  },
  {
    name: 'a stream of prices in an observable',
    refusedAt: 'definition',
    problem: /observable/,
    machine: () =>
      createMachine({
        id: 'prices',
        invoke: { src: fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => {} }) })) },
        on: { stop: {} },
      }),
    happenings: [{ type: 'stop' }],
  },
  {
    name: 'an actor that is found in the system',
    refusedAt: 'definition',
    problem: /systemId/,
    machine: () =>
      setup({ actors: { ponger } }).createMachine({
        id: 'registry',
        invoke: { src: 'ponger', systemId: 'logger' },
        on: {
          log: {
            actions: sendTo(({ system }) => system.get('logger') as AnyActorRef, { type: 'PING' }),
          },
        },
      }),
    happenings: [{ type: 'log' }],
  },
  {
    name: 'references of spawned actors in the context',
    refusedAt: 'step',
    problem: /spawn/,
    machine: () =>
      setup({
        types: {} as { context: { refs: AnyActorRef[] } },
        actors: { ponger },
      }).createMachine({
        id: 'friends',
        context: { refs: [] },
        on: {
          add: {
            actions: assign({ refs: ({ context, spawn }) => [...context.refs, spawn('ponger')] }),
          },
        },
      }),
    happenings: [{ type: 'add' }],
  },
  {
    name: 'a Date in the context',
    refusedAt: 'step',
    problem: /a Date at \/since; store date\.toISOString\(\)/,
    machine: () =>
      createMachine({
        id: 'visit',
        context: { since: null as Date | null },
        on: { enter: { actions: assign({ since: () => new Date(0) }) } },
      }),
    happenings: [{ type: 'enter' }],
  },
  {
    name: 'a Map in the context',
    refusedAt: 'step',
    problem: /a Map at \/seats/,
    machine: () =>
      createMachine({
        id: 'seats',
        context: { seats: null as Map<string, string> | null },
        on: { take: { actions: assign({ seats: ({ event }) => new Map([[event.seat, 'kim']]) }) } },
      }),
    happenings: [{ type: 'take', seat: 'a1' }],
  },
  {
    name: 'a function that changes the context in place',
    refusedAt: 'step',
    problem: /in place/,
    machine: () =>
      createMachine({
        id: 'mutable',
        context: { items: ['a'] },
        on: {
          add: {
            actions: assign({
              items: ({ context, event }) => {
                context.items.push(event.item);
                return context.items;
              },
            }),
          },
        },
      }),
    happenings: [{ type: 'add', item: 'b' }],
  },
];
