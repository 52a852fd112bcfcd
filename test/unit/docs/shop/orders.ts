import { scheduler } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { assign, setup } from 'xstate';
import {
  activity,
  defineService,
  type MessageEvent,
  parseExchangeConfig,
  type ReplyAddress,
  record,
  reply,
} from '../../../../index.ts';

const PlaceSchema = Type.Object({
  order: Type.String({ minLength: 1 }),
  amount: Type.Number({ minimum: 0 }),
  withinMs: Type.Integer({ minimum: 0 }),
});
type PlaceData = Static<typeof PlaceSchema>;
type Place = MessageEvent<PlaceData, undefined, 'place'>;

interface Order extends PlaceData {
  receipt: string;
  caller: ReplyAddress | null;
}

const order = setup({
  types: {} as { context: Order; events: Place },
  actors: {
    // Stands for a bank that needs a moment, and too long for a large amount. An activity runs
    // after the commit, at least once. The key is the same on every try, also after a crash.
    charge: activity(async ({ amount }: { amount: number }, { idempotencyKey, signal }) => {
      await scheduler.wait(amount < 1_000 ? 200 : 3_600_000, { signal });
      return `${amount} charged under ${idempotencyKey}`;
    }),
  },
  delays: { patience: ({ context }) => context.withinMs },
  actions: {
    take: assign(({ event }) => ({ ...event.data, caller: event.$.message.replyTo })),
    // A caller that asks again, for example after a crash, gets the answer.
    call: assign(({ event }) => ({ caller: event.$.message.replyTo })),
    note: record(({ context }: { context: Order }) => ({
      topic: 'receipts',
      line: { order: context.order, receipt: context.receipt },
    })),
    confirm: reply(({ context }: { context: Order }) => ({
      to: context.caller,
      body: { receipt: context.receipt },
    })),
    apologise: reply(({ context }: { context: Order }) => ({
      to: context.caller,
      body: { error: 'the payment took too long' },
    })),
  },
}).createMachine({
  id: 'order',
  context: { order: '', amount: 0, withinMs: 0, receipt: '', caller: null },
  initial: 'open',
  states: {
    open: { on: { place: { target: 'paying', actions: 'take' } } },
    paying: {
      on: { place: { actions: 'call' } },
      invoke: {
        src: 'charge',
        input: ({ context }) => ({ amount: context.amount }),
        onDone: { target: 'paid', actions: assign({ receipt: ({ event }) => event.output }) },
        onError: 'late', // ten tries have failed
      },
      after: { patience: 'late' }, // a row in the journal: it fires after a restart too
    },
    paid: { entry: ['note', 'confirm'], on: { place: { actions: ['call', 'confirm'] } } },
    late: { entry: 'apologise', on: { place: { actions: ['call', 'apologise'] } } },
  },
});

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'orders',
    publish: { main: { name: 'orders', type: 'direct', routing_key: 'orders_publish' } },
    consume: {
      main: {
        name: 'orders',
        type: 'direct',
        queue: 'orders_consume',
        routing_key: 'orders_consume',
      },
    },
  }),
  { file: 'orders.json', env: process.env, sections: {} },
);

export const orders = defineService({
  config,
  machines: { order },
  // A message goes to the order that it names, and starts the order when there is none yet. Data
  // that do not fit the schema are answered with an error. The schema is also the type of `data`.
  messages: {
    place: {
      machine: 'order',
      schema: PlaceSchema,
      to: ({ data }) => ({ key: data.order }),
      starts: true,
    },
  },
});
