/**
 * One hot machine step, an `assign` and a named action, beside a live `actor.send` and XState's own pure `transition()`.
 *
 * 1. All handle the same events in the same order; processor time counts, not time that other processes took.
 * 2. Not measured: reads, the commit, JSON. The machine is flat, counts, has a guard and one named action an event.
 */
import {
  type AnyStateMachine,
  assign,
  createActor,
  initialTransition,
  setup,
  transition,
} from 'xstate';
import { type Publish, publish } from '../../runtime/step/effects.ts';
import { defineMachine } from '../../runtime/step/machine-definition.ts';
import { startFamily, stepFamily } from '../../runtime/step/machine-step.ts';
import type { Benchmark, Sample, Size } from './contest.ts';

const eventsBySize: Readonly<Record<Size, number>> = { tiny: 200, quick: 50_000, full: 300_000 };

interface Count {
  readonly count: number;
}
type Event = { readonly type: 'pay'; readonly amount: number } | { readonly type: 'ship' };
type Told = (args: { context: Count }) => void;

const message = ({ context }: { context: Count }): Publish => ({
  exchange: 'x',
  routingKey: 'k',
  action: `${context.count}`,
});

/** An order that is paid and shipped, again and again. */
function orderMachine(tell: Told): AnyStateMachine {
  return setup({
    types: {} as { context: Count; events: Event },
    guards: { enough: ({ event }) => event.type === 'pay' && event.amount > 0 },
    actions: { tell, add: assign({ count: ({ context }) => context.count + 1 }) },
  }).createMachine({
    id: 'order',
    context: { count: 0 },
    initial: 'open',
    states: {
      open: { on: { pay: { guard: 'enough', target: 'paid', actions: ['add', 'tell'] } } },
      paid: { on: { ship: { target: 'open', actions: ['add', 'tell'] } } },
    },
  }) as AnyStateMachine;
}

function eventAt(index: number): Event {
  return index % 2 === 0 ? { type: 'pay', amount: 10 } : { type: 'ship' };
}

/** Nanoseconds an event takes a live actor. */
function liveRound(events: number): number {
  let told = 0;
  const tell: Told = (args) => {
    told += message(args).action.length > 0 ? 1 : 0;
  };
  const actor = createActor(orderMachine(tell)).start();
  const before = process.cpuUsage();
  for (let index = 0; index < events; index += 1) actor.send(eventAt(index));
  return ended(before, events, told);
}

/** Nanoseconds an event takes our step. */
function stepRound(events: number): number {
  const definition = defineMachine(orderMachine(publish(message) as Told));
  let { family } = startFamily(definition, {}, { atMs: 0, newId: 'start' });
  let told = 0;
  const before = process.cpuUsage();
  for (let index = 0; index < events; index += 1) {
    const result = stepFamily(family, [], eventAt(index), { atMs: index, newId: 'new' });
    family = result.family;
    told += result.effects.length;
  }
  return ended(before, events, told);
}

/** Nanoseconds an event takes XState's `transition()`, whose actions nobody performs. */
function pureRound(events: number): number {
  const machine = orderMachine(publish(message) as Told);
  let [snapshot] = initialTransition(machine);
  let told = 0;
  const before = process.cpuUsage();
  for (let index = 0; index < events; index += 1) {
    const [next, actions] = transition(machine, snapshot, eventAt(index));
    snapshot = next;
    told += actions.filter(({ type }) => (type as string) === 'tell').length;
  }
  return ended(before, events, told);
}

function ended(before: NodeJS.CpuUsage, events: number, told: number): number {
  const { user, system } = process.cpuUsage(before);
  const nsPerEvent = ((user + system) * 1_000) / events;
  if (told !== events) throw new Error(`${events} events were sent and ${told} effects came out`);
  return nsPerEvent;
}

/** From nanoseconds an event. */
const perSecond = (nanoseconds: number): Sample => ({ value: 1e9 / nanoseconds });

export const step: Benchmark = {
  name: 'step',
  unit: 'steps/s',
  needs: [],
  open: async (size) => ({
    ours: async () => perSecond(stepRound(eventsBySize[size])),
    other: async () => perSecond(liveRound(eventsBySize[size])),
    also: { transition: async () => perSecond(pureRound(eventsBySize[size])) },
    close: async () => undefined,
  }),
};
