/**
 * What a hot step costs beside a live `actor.send` of the same machine.
 *
 * 1. Both handle the same events in the same order and make the same message of each; rounds of one alternate with rounds of the other.
 * 2. Processor time is counted, not time on the wall, and the median round: a busy machine slows both alike.
 * 3. Not measured: reads, the commit, JSON. The machine is flat, counts, has a guard and one named action an event.
 */
import { type AnyStateMachine, assign, createActor, setup } from 'xstate';
import { type Publish, publish } from '../../runtime/effects.ts';
import { defineMachine } from '../../runtime/machine-definition.ts';
import { startFamily, stepFamily } from '../../runtime/machine-step.ts';

export interface StepMeasurement {
  /** Events a round. */
  readonly events: number;
  readonly rounds: number;
  readonly liveNs: number;
  readonly stepNs: number;
  /** stepNs / liveNs. */
  readonly costRatio: number;
  /** liveNs / stepNs: the step's rate as a share of the live one's. */
  readonly rateRatio: number;
}

export interface StepMeasurementOptions {
  readonly events?: number;
  readonly rounds?: number;
}

interface Count {
  readonly count: number;
}
type Event = { readonly type: 'pay'; readonly amount: number } | { readonly type: 'ship' };
type Told = (args: { context: Count }) => void;

const message = ({ context }: { context: Count }): Publish => ({ exchange: 'x', routingKey: 'k', action: `${context.count}` });

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

function stepRound(events: number): number {
  const definition = defineMachine(orderMachine(publish(message) as Told));
  let { family } = startFamily(definition, {}, { at: 0, fresh: 'start' });
  let told = 0;
  const before = process.cpuUsage();
  for (let index = 0; index < events; index += 1) {
    const result = stepFamily(family, [], eventAt(index), { at: index, fresh: 'fresh' });
    family = result.family;
    told += result.effects.length;
  }
  return ended(before, events, told);
}

function ended(before: NodeJS.CpuUsage, events: number, told: number): number {
  const { user, system } = process.cpuUsage(before);
  const nsPerEvent = ((user + system) * 1_000) / events;
  if (told !== events) throw new Error(`${events} events were sent and ${told} effects came out`);
  return nsPerEvent;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Takes about `rounds * events * 10 µs`. */
export function measureStep({ events = 10_000, rounds = 9 }: StepMeasurementOptions = {}): StepMeasurement {
  const live: number[] = [];
  const step: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const pair = [liveRound(events), stepRound(events)] as const;
    // The first pair is for the compiler.
    if (round < 0) continue;
    live.push(pair[0]);
    step.push(pair[1]);
  }
  const [liveNs, stepNs] = [median(live), median(step)];
  return { events, rounds, liveNs, stepNs, costRatio: stepNs / liveNs, rateRatio: liveNs / stepNs };
}
