/**
 * An order in three versions, for the tests of versions: a payment that runs, a time-out, a child that packs.
 * Version 2 calls `amount` `total`, the state `paying` `charging`, and the child's `boxes` `crates`; version 3 is version 2 with a note.
 */
import { assign, setup } from 'xstate';
import type {
  MessageRoute,
  ServiceDefinition,
} from '../../../runtime/messages/service-definition.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { defineService, type MachineOptions } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import type { StoredMachine } from '../../../runtime/step/family-record.ts';
import { configOf } from './shop.ts';

export interface Payment {
  readonly version: number;
  readonly input: Json;
  readonly finish: (output: Json) => void;
}

/** Payments as they are begun; each waits to be finished. */
export type Payments = Payment[];

function chargeOf(version: number, payments: Payments) {
  return activity(
    (input: Json) => new Promise<Json>((finish) => void payments.push({ version, input, finish })),
  );
}

export function firstOrder(payments: Payments) {
  const packing = setup({ types: {} as { context: { boxes: number } } }).createMachine({
    id: 'packing',
    context: { boxes: 2 },
    initial: 'open',
    states: { open: { on: { sealed: 'closed' } }, closed: { type: 'final' } },
  });
  return setup({
    types: {} as { context: { amount: number; receipt: Json } },
    actors: { charge: chargeOf(1, payments), packing },
    actions: {
      keep: assign({ receipt: ({ event }) => (event as unknown as { output: Json }).output }),
    },
  }).createMachine({
    id: 'order',
    context: { amount: 12, receipt: null },
    initial: 'open',
    states: {
      open: { on: { place: 'paying' } },
      paying: {
        invoke: [
          {
            src: 'charge',
            id: 'charge',
            input: ({ context }) => context.amount,
            onDone: { actions: 'keep' },
          },
          { src: 'packing', id: 'pack' },
        ],
        after: { 60000: 'late' },
        on: { end: 'done' },
      },
      late: {},
      done: { type: 'final' },
    },
  });
}

export function secondOrder(payments: Payments) {
  const packing = setup({ types: {} as { context: { crates: number } } }).createMachine({
    id: 'packing',
    context: { crates: 2 },
    initial: 'open',
    states: { open: { on: { sealed: 'closed' } }, closed: { type: 'final' } },
  });
  return setup({
    types: {} as { context: { total: number; receipt: Json } },
    actors: { charge: chargeOf(2, payments), packing },
    actions: {
      keep: assign({ receipt: ({ event }) => (event as unknown as { output: Json }).output }),
    },
  }).createMachine({
    id: 'order',
    context: { total: 12, receipt: null },
    initial: 'open',
    states: {
      open: { on: { place: 'charging' } },
      charging: {
        invoke: [
          {
            src: 'charge',
            id: 'charge',
            input: ({ context }) => context.total,
            onDone: { actions: 'keep' },
          },
          { src: 'packing', id: 'pack' },
        ],
        after: { 60000: 'overdue' },
        on: { end: 'done' },
      },
      overdue: {},
      done: { type: 'final' },
    },
  });
}

/** From version 1 to 2: fields, state, timer and child, each under its new name. */
export function toSecond(stored: StoredMachine): StoredMachine {
  const { amount, ...context } = stored.context as JsonObject;
  const renamed = (id: string) => id.replace('order.paying', 'order.charging');
  const timers = Object.entries(stored.timers ?? {}).map(([id, timer]) => [
    renamed(id),
    { ...timer, event: { ...timer.event, type: renamed(timer.event.type) } },
  ]);
  const children = Object.entries(stored.children ?? {}).map(([id, child]) => [
    id,
    { ...child, context: { crates: (child.context as { boxes: number }).boxes } },
  ]);
  return {
    ...stored,
    value: stored.value === 'paying' ? 'charging' : stored.value,
    context: { ...context, total: amount as Json },
    timers: Object.fromEntries(timers),
    children: Object.fromEntries(children),
  };
}

export function orderService(order: MachineOptions): ServiceDefinition {
  const route: Pick<MessageRoute<{ readonly id: string }, 'order'>, 'machine' | 'to'> = {
    machine: 'order',
    to: ({ data }) => ({ key: data.id }),
  };
  const messages = { place: { ...route, starts: true }, end: { ...route, starts: false } };
  return defineService({ config: configOf('shop'), machines: { order }, messages });
}
