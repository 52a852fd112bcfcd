/**
 * A small service as a user of the package writes a service.
 *
 * The copy that `consumer-project.ts` makes imports the package by name. No cast is needed, except
 * `types`, the place where XState takes types.
 */
import { assign, setup } from 'xstate';
import {
  activity,
  defineService,
  type Json,
  type MessageEvent,
  parseExchangeConfig,
  Refused,
  type ReplyAddress,
  reply,
} from '../../../../index.ts';

type Place = MessageEvent<{ order: string; amount: number }, undefined, 'place'>;

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

function orderOf(data: Json): string {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  if (isObject && 'order' in data && typeof data['order'] === 'string') return data['order'];
  throw new Refused('bad-message', 'an order has a name');
}

const main = { name: 'orders', type: 'direct' };

export const orders = defineService({
  config: parseExchangeConfig(
    JSON.stringify({
      svc_name: 'orders',
      publish: { main: { ...main, routing_key: 'orders_publish' } },
      consume: { main: { ...main, queue: 'orders_consume', routing_key: 'orders_consume' } },
    }),
    { file: 'orders.json', env: {}, sections: {} },
  ),
  machines: { order: orderMachine },
  messages: {
    place: { machine: 'order', to: ({ data }) => ({ key: orderOf(data) }), starts: true },
  },
});
