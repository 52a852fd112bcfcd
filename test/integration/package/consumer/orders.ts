/**
 * A small service as a user of the package writes a service.
 *
 * The copy that `consumer-project.ts` makes imports the package by name. No cast is needed, except
 * `types`, the place where XState takes types.
 */
import { type Static, Type } from 'typebox';
import { assign, setup } from 'xstate';
import {
  activity,
  defineService,
  type MessageEvent,
  parseExchangeConfig,
  type ReplyAddress,
  reply,
} from '../../../../index.ts';

const PlaceSchema = Type.Object({ order: Type.String(), amount: Type.Number() });
type Place = MessageEvent<Static<typeof PlaceSchema>, undefined, 'place'>;

interface Order {
  amount: number;
  receipt: string;
  caller: ReplyAddress | null;
}

interface Args {
  context: Order;
}

export const orderMachine = setup({
  types: {} as { context: Order; events: Place },
  actors: {
    charge: activity(async ({ amount }: { amount: number }, { idempotencyKey }) => {
      return `${amount} charged, key of ${idempotencyKey.length > 0 ? 'some' : 'no'} length`;
    }),
  },
  delays: { patience: 60_000 },
  actions: {
    take: assign(({ event }) => ({
      amount: event.data.amount,
      caller: event.$.message.replyTo,
    })),
    confirm: reply(({ context }: Args) => ({
      to: context.caller ?? undefined,
      body: { receipt: context.receipt },
    })),
    apologise: reply(({ context }: Args) => ({
      to: context.caller ?? undefined,
      body: { error: 'the payment took too long' },
    })),
  },
}).createMachine({
  id: 'order',
  context: { amount: 0, receipt: '', caller: null },
  initial: 'open',
  states: {
    open: { on: { place: { target: 'paying', actions: 'take' } } },
    paying: {
      invoke: {
        src: 'charge',
        input: ({ context }) => ({ amount: context.amount }),
        onDone: { target: 'paid', actions: assign({ receipt: ({ event }) => event.output }) },
      },
      after: { patience: 'late' },
    },
    paid: { entry: 'confirm', type: 'final' },
    late: { entry: 'apologise', type: 'final' },
  },
});

const main = { name: 'orders', type: 'direct' };

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'orders',
    publish: { main: { ...main, routing_key: 'orders_publish' } },
    consume: { main: { ...main, queue: 'orders_consume', routing_key: 'orders_consume' } },
  }),
  { file: 'orders.json', env: {}, sections: {} },
);

export const orders = defineService({
  config,
  machines: { order: orderMachine },
  messages: {
    place: {
      machine: 'order',
      schema: PlaceSchema,
      to: ({ data }) => ({ key: data.order }),
      starts: true,
    },
  },
});

/** Mistakes in a service that the compiler reports. */
export function refusedServices() {
  defineService({
    config,
    machines: { order: orderMachine },
    messages: {
      // @ts-expect-error: no such machine
      place: { machine: 'orders', to: () => ({ key: 'o1' }), starts: true },
    },
  });
  defineService({
    config,
    machines: { order: orderMachine },
    messages: {
      place: {
        machine: 'order',
        schema: PlaceSchema,
        // @ts-expect-error: no such member of the data
        to: ({ data }) => ({ key: data.id }),
        starts: true,
      },
    },
  });
}
